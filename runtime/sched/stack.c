/* SPDX-License-Identifier: MIT */
#include "runtime/sched/stack.h"

#include "harness/base/cacheline.h"
#include "harness/base/must.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

enum {
    COLOURS = 32,
    /* An mprotect guard splits the mapping in two; the kernel allows 65,530
     * mappings a process. */
    MPROTECT_GUARDS_MAX = 30000,
};

struct stack_slab {
    struct stack_slab *next;
    char *low;
    size_t used;
};

/* What stands at the very top of a free slot's block area. */
struct free_slot {
    void *next;
};

void stack_pool_init(struct stack_pool *pool, size_t slot_size,
                     size_t slab_slots)
{
    *pool = (struct stack_pool){.slot_size = slot_size,
                                .slab_slots = slab_slots ? slab_slots : 1};
}

void stack_pool_deinit(struct stack_pool *pool)
{
    while (pool->slabs) {
        struct stack_slab *slab = pool->slabs;
        pool->slabs = slab->next;
        munmap(slab->low, pool->slab_slots * pool->slot_size);
        free(slab);
    }
}

static struct stack_slab *slab_new(struct stack_pool *pool)
{
    char *low =
        mmap(NULL, pool->slab_slots * pool->slot_size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (low == MAP_FAILED) {
        return NULL;
    }
    struct stack_slab *slab = must_calloc(1, sizeof(*slab));
    slab->low = low;
    slab->next = pool->slabs;
    pool->slabs = slab;
    return slab;
}

/* The first choice keeps the slab one mapping. Beyond both, a slot has no
 * guard: better than a run that cannot be. */
static void guard(struct stack_pool *pool, char *low)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (madvise(low, page, MADV_GUARD_INSTALL) == 0) {
        return;
    }
    if (pool->made < MPROTECT_GUARDS_MAX) {
        mprotect(low, page, PROT_NONE);
    }
}

static char *block_of(const struct stack_pool *pool, char *low, size_t block,
                      size_t colour)
{
    size_t size = (block + CACHELINE - 1) / CACHELINE * CACHELINE;
    return low + pool->slot_size - colour * CACHELINE - size;
}

void *stack_new(struct stack_pool *pool, size_t block)
{
    char *top = pool->free;
    if (top) {
        pool->free = ((struct free_slot *)top)->next;
    } else {
        struct stack_slab *slab = pool->slabs;
        if (!slab || slab->used == pool->slab_slots) {
            slab = slab_new(pool);
        }
        if (!slab) {
            return NULL;
        }
        char *low = slab->low + slab->used++ * pool->slot_size;
        guard(pool, low);
        top = block_of(pool, low, block, pool->made++ % COLOURS);
    }
    memset(top, 0, block);
    return top;
}

void stack_free(struct stack_pool *pool, void *block)
{
    ((struct free_slot *)block)->next = pool->free;
    pool->free = block;
}
