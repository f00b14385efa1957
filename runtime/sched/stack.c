/* SPDX-License-Identifier: MIT */
#include "runtime/sched/stack.h"

#include "harness/base/must.h"
#include "harness/base/text_file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#endif
#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#endif

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif
#ifndef PIDFD_SELF
#define PIDFD_SELF (-10000) /* Linux 6.14 */
#endif

enum {
    COLOURS = 32,
    SLAB_SLOTS_MIN = 64,
    AT_ONCE = 64, /* slots that one call of the kernel prepares */
    PREFAULT_SHARE = 8,
    /* What the rest of the process may need of vm.max_map_count. */
    MAPPINGS_SPARE = 5000,
    MAPPINGS_DEFAULT = 65530,
};

/* Changed under the mutex. Read without it by signal handlers and debuggers,
 * for which a pool stays in the list as long as tasks run on its stacks. */
static pthread_mutex_t pools_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(struct stack_pool *) stack_pools;

struct stack_pool *stack_pools_first(void)
{
    return atomic_load_explicit(&stack_pools, memory_order_acquire);
}

static void pools_add(struct stack_pool *pool)
{
    must(pthread_mutex_lock(&pools_mutex) == 0);
    pool->next = atomic_load_explicit(&stack_pools, memory_order_relaxed);
    /* for stack_pools_first() */
    atomic_store_explicit(&stack_pools, pool, memory_order_release);
    must(pthread_mutex_unlock(&pools_mutex) == 0);
}

static void pools_remove(struct stack_pool *pool)
{
    must(pthread_mutex_lock(&pools_mutex) == 0);
    struct stack_pool *at =
        atomic_load_explicit(&stack_pools, memory_order_relaxed);
    if (at == pool) {
        atomic_store_explicit(&stack_pools, pool->next, memory_order_release);
    } else {
        while (at->next != pool) {
            at = at->next;
        }
        at->next = pool->next;
    }
    must(pthread_mutex_unlock(&pools_mutex) == 0);
}

/* An mprotect guard cuts a mapping in two, and a process may have only so
 * many of them. */
static size_t mprotect_guards_max(void)
{
    int64_t mappings;
    if (text_file_number("/proc/sys/vm/max_map_count", &mappings) < 0) {
        mappings = MAPPINGS_DEFAULT;
    }
    return mappings > MAPPINGS_SPARE ? (size_t)(mappings - MAPPINGS_SPARE) / 2
                                     : 0;
}

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

/* A slot has room for the guard and at least a page more: the one kernel has
 * pages of 4 KiB, the other of 64. */
void stack_pool_init(struct stack_pool *pool, size_t slot_size, size_t slots,
                     size_t block_size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = round_up(slot_size, page);
    *pool = (struct stack_pool){
        .slot_size = size < 2 * page ? 2 * page : size,
        .guard_size = page,
        .block_size = round_up(block_size, CACHELINE),
        .next_slab = slots < SLAB_SLOTS_MIN ? SLAB_SLOTS_MIN : slots,
        .mprotect_max = mprotect_guards_max()};
    pools_add(pool);
}

static void slab_free(struct stack_pool *pool, struct stack_slab *slab)
{
#ifdef HAVE_VALGRIND
    for (size_t i = 0; slab->valgrinds && i < slab->used; i++) {
        VALGRIND_STACK_DEREGISTER(slab->valgrinds[i]);
    }
#endif
#ifdef UNDER_ASAN
    ASAN_UNPOISON_MEMORY_REGION(slab->low, slab->slots * pool->slot_size);
#endif
    munmap(slab->low, slab->slots * pool->slot_size);
    free(slab->valgrinds);
    free(slab);
}

void stack_pool_deinit(struct stack_pool *pool)
{
    if (pool->slot_size > 0) {
        pools_remove(pool);
    }
    while (pool->slabs) {
        struct stack_slab *slab = pool->slabs;
        pool->slabs = slab->next;
        slab_free(pool, slab);
    }
    free(pool->signal_stack);
    *pool = (struct stack_pool){0};
}

/* A huge page would be touched whole: 128 stacks of 16 KiB for one that is
 * used. The guards' marks need one page table less, too. */
static char *map_slab(size_t size)
{
    char *low =
        mmap(NULL, size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (low == MAP_FAILED) {
        return NULL;
    }
    madvise(low, size, MADV_NOHUGEPAGE);
    return low;
}

/* As many slots as are wanted, fewer where the address space is limited. */
static struct stack_slab *slab_new(struct stack_pool *pool)
{
    size_t slots = pool->next_slab;
    char *low = map_slab(slots * pool->slot_size);
    while (!low && slots > 1) {
        slots /= 2;
        low = map_slab(slots * pool->slot_size);
    }
    if (!low) {
        return NULL;
    }
    struct stack_slab *slab = must_calloc(1, sizeof(*slab));
    *slab = (struct stack_slab){
        .next = pool->slabs, .low = low, .slots = slots, .first = pool->made};
#ifdef HAVE_VALGRIND
    if (RUNNING_ON_VALGRIND) {
        slab->valgrinds = must_calloc(slots, sizeof(*slab->valgrinds));
    }
#endif
    pool->slabs = slab;
    return slab;
}

/* Does the kernel refuse to read the guard? An emulator may have thanked for
 * the advice and done nothing. */
static bool guard_holds(char *low, size_t size)
{
    return madvise(low, size, MADV_POPULATE_READ) < 0;
}

/* Gives one advice on a page of each of `n` slots, the one at `offset`. Returns
 * of how many slots the kernel has taken it. */
static size_t advise_many(const struct stack_pool *pool, char *low, size_t n,
                          size_t offset, int advice)
{
    size_t page = pool->guard_size;
    struct iovec pages[AT_ONCE];
    for (size_t i = 0; i < n; i++) {
        pages[i].iov_base = low + i * pool->slot_size + offset;
        pages[i].iov_len = page;
    }
    long bytes = syscall(SYS_process_madvise, PIDFD_SELF, pages, n, advice, 0);
    return bytes > 0 ? (size_t)bytes / page : 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Marks the guards of the slots from `slot` on in one call, which saves half of
 * what it costs. Returns how many; 0 before Linux 6.15. */
static size_t mark_many(const struct stack_pool *pool,
                        const struct stack_slab *slab, size_t slot)
{
    return advise_many(pool, slab->low + slot * pool->slot_size,
                       least(slab->slots - slot, AT_ONCE), 0,
                       MADV_GUARD_INSTALL);
}

/* Where there are more than a few stacks: lets the kernel bring the first pages
 * of the next ones in one call, which saves a fault each. They are memory that
 * may never be used: an eighth of what is, at the most. */
static void prefault(struct stack_pool *pool, struct stack_slab *slab,
                     size_t slot)
{
    size_t n =
        least(slab->slots - slot, least(AT_ONCE, pool->made / PREFAULT_SHARE));
    if (slot < slab->prefaulted || n < 2 || pool->prefaults_singly ||
        slab->valgrinds) {
        return;
    }
    size_t done =
        advise_many(pool, slab->low + slot * pool->slot_size, n,
                    pool->slot_size - pool->guard_size, MADV_POPULATE_WRITE);
    slab->prefaulted = slot + done;
    pool->prefaults_singly = done == 0;
}

static bool mark(struct stack_pool *pool, struct stack_slab *slab, size_t slot)
{
    char *low = slab->low + slot * pool->slot_size;
    if (slot < slab->marked) {
        return true;
    }
    /* valgrind would warn each time: it does not know the call. */
    if (pool->guard_is_mark && !pool->marks_singly && !slab->valgrinds) {
        size_t n = mark_many(pool, slab, slot);
        slab->marked = slot + n;
        pool->marks_singly = n == 0;
    }
    return slot < slab->marked ||
           madvise(low, pool->guard_size, MADV_GUARD_INSTALL) == 0;
}

/* The first choice is a mark in the page table, which leaves the slab one
 * mapping. Beyond both, a slot has no guard: better than a run that cannot
 * be, and the document says how many have one. */
static void guard(struct stack_pool *pool, struct stack_slab *slab, size_t slot)
{
    char *low = slab->low + slot * pool->slot_size;
    bool first = pool->made == 0;
    if ((first || pool->guard_is_mark) && mark(pool, slab, slot)) {
        pool->guard_is_mark = !first || guard_holds(low, pool->guard_size);
        if (pool->guard_is_mark) {
            pool->guarded++;
            return;
        }
    }
    if (pool->made < pool->mprotect_max &&
        mprotect(low, pool->guard_size, PROT_NONE) == 0) {
        pool->guarded++;
    }
}

static struct stack_slab *slab_of(const struct stack_pool *pool,
                                  const void *address)
{
    const char *at = address;
    for (struct stack_slab *slab = pool->slabs; slab; slab = slab->next) {
        if (at >= slab->low && at < slab->low + slab->used * pool->slot_size) {
            return slab;
        }
    }
    return NULL;
}

char *stack_slot_of(const struct stack_pool *pool, const void *block)
{
    struct stack_slab *slab = slab_of(pool, block);
    if (!slab) {
        return NULL;
    }
    size_t offset = (size_t)((const char *)block - slab->low);
    return slab->low + offset / pool->slot_size * pool->slot_size;
}

/* tools/gdb_tasks.py does the same. */
char *stack_block_of(const struct stack_pool *pool, const char *low)
{
    struct stack_slab *slab = slab_of(pool, low);
    must(slab != NULL);
    size_t slot = (size_t)(low - slab->low) / pool->slot_size;
    size_t colour = (slab->first + slot) % COLOURS;
    return slab->low + (slot + 1) * pool->slot_size - colour * CACHELINE -
           pool->block_size;
}

__attribute__((noinline)) void *stack_new_slot(struct stack_pool *pool)
{
    struct stack_slab *slab = pool->slabs;
    if (!slab || slab->used == slab->slots) {
        slab = slab_new(pool);
    }
    if (!slab) {
        return NULL;
    }
    size_t slot = slab->used++;
    char *low = slab->low + slot * pool->slot_size;
    guard(pool, slab, slot);
    prefault(pool, slab, slot);
    pool->made++;
    pool->next_slab = pool->made < SLAB_SLOTS_MIN ? SLAB_SLOTS_MIN : pool->made;
    char *block = stack_block_of(pool, low);
#ifdef HAVE_VALGRIND
    if (slab->valgrinds) {
        slab->valgrinds[slot] =
            VALGRIND_STACK_REGISTER(low + pool->guard_size, block);
    }
#endif
    return block;
}

#ifdef UNDER_ASAN
static void *usable_low(const struct stack_pool *pool, const void *block)
{
    return stack_slot_of(pool, block) + pool->guard_size;
}

void stack_tell_used(const struct stack_pool *pool, void *block)
{
    char *low = usable_low(pool, block);
    size_t size = (size_t)((char *)block - low) + pool->block_size;
    ASAN_UNPOISON_MEMORY_REGION(low, size);
}

void stack_tell_free(const struct stack_pool *pool, void *block)
{
    char *low = usable_low(pool, block);
    size_t size = (size_t)((char *)block - low) + pool->block_size;
    ASAN_POISON_MEMORY_REGION(low, size);
}
#endif
