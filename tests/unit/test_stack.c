/* SPDX-License-Identifier: MIT */
/* Stacks and the switch between them: what must survive it, what it must not
 * touch, and what a guard page does. */
#undef NDEBUG
#include "harness/base/cacheline.h"
#include "runtime/sched/stack_context.h"
#include "runtime/sched/stack_usage.h"

#include <assert.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { STACKS = 300, SLOT = 256 * 1024, TURNS = 1000, ZONE = 15 };

struct block {
    struct stack_context context;
    double sum;
    long turns;
};

static struct stack_context home;

/* One turn and the end: `body` runs between two switches. */
static struct block *start(struct stack_pool *pool, stack_entry_fn *entry)
{
    struct block *block = stack_new(pool);
    assert(block && (uintptr_t)block % CACHELINE == 0);
    memset(block, 0, sizeof(*block));
    stack_context_init(&block->context, pool, block, entry);
    return block;
}

static void end(struct block *block)
{
    stack_context_finish(&block->context);
    stack_switch(&block->context, &home);
    assert(!"resumed after its end");
}

static void finish(struct stack_pool *pool, struct block *block)
{
    stack_context_deinit(&block->context);
    stack_free(pool, block);
}

/* Values that live in callee-saved, vector and x87 registers must survive. */
static void registers(struct stack_context *context)
{
    struct block *block = container_of(context, struct block, context);
    long a = (long)(uintptr_t)block;
    long b = a ^ 0x5555;
    long c = a + 3;
    long d = a * 5;
    long e = a - 7;
    double x = 1.5;
    double y = (double)a;
    long double z = (long double)a + 0.25L;
    for (int i = 0; i < TURNS; i++) {
        stack_switch(context, &home);
        assert(b == (a ^ 0x5555) && c == a + 3 && d == a * 5 && e == a - 7);
        x += 0.5;
        z += 1.0L;
        assert(y == (double)a);
        block->turns++;
    }
    assert(z == (long double)a + TURNS + 0.25L);
    block->sum = x;
    end(block);
}

static void test_registers(void)
{
    static struct block *blocks[STACKS];
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 128, sizeof(struct block));
    for (int i = 0; i < STACKS; i++) {
        blocks[i] = start(&pool, registers);
    }
    long double mine = 0.5L;
    for (int turn = 0; turn <= TURNS; turn++) {
        for (int i = 0; i < STACKS; i++) {
            stack_switch(&home, &blocks[i]->context);
            mine += 1.0L;
        }
    }
    assert(mine == 0.5L + (TURNS + 1) * STACKS);
    for (int i = 0; i < STACKS; i++) {
        assert(blocks[i]->turns == TURNS);
        assert(blocks[i]->sum == 1.5 + 0.5 * TURNS);
        finish(&pool, blocks[i]);
    }
    stack_pool_deinit(&pool);
}

/*
 * A function that calls nobody keeps its array in the red zone, below its
 * stack pointer. A switch that pushed anything would overwrite its last words.
 */
__attribute__((noinline)) static long use_red_zone(struct stack_context *from,
                                                   struct stack_context *to)
{
    volatile long zone[ZONE];
    for (int i = 0; i < ZONE; i++) {
        zone[i] = i + 1;
    }
    stack_switch(from, to);
    long sum = 0;
    for (int i = 0; i < ZONE; i++) {
        sum = sum * 3 + zone[i];
    }
    return sum;
}

static void red_zone(struct stack_context *context)
{
    struct block *block = container_of(context, struct block, context);
    for (;;) {
        block->turns = use_red_zone(context, &home);
        if (block->sum != 0.0) {
            end(block);
        }
    }
}

static void test_red_zone(void)
{
    long expected = 0;
    for (int i = 0; i < ZONE; i++) {
        expected = expected * 3 + i + 1;
    }
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 1, sizeof(struct block));
    struct block *block = start(&pool, red_zone);
    stack_switch(&home, &block->context);
    for (int i = 0; i < 10; i++) {
        assert(use_red_zone(&home, &block->context) == expected);
        assert(block->turns == expected);
    }
    block->sum = 1.0;
    stack_switch(&home, &block->context);
    finish(&pool, block);
    stack_pool_deinit(&pool);
}

#if defined(GILBENCH_FP_CONTROL) || defined(GILBENCH_UCONTEXT)
static void rounds_up(struct stack_context *context)
{
    struct block *block = container_of(context, struct block, context);
    fesetround(FE_UPWARD);
    stack_switch(context, &home);
    assert(fegetround() == FE_UPWARD);
    end(block);
}

/* A task's rounding mode is its own. */
static void test_fp_control(void)
{
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 1, sizeof(struct block));
    struct block *block = start(&pool, rounds_up);
    stack_switch(&home, &block->context);
    assert(fegetround() == FE_TONEAREST);
    stack_switch(&home, &block->context);
    assert(fegetround() == FE_TONEAREST);
    finish(&pool, block);
    stack_pool_deinit(&pool);
}
#else
static void test_fp_control(void)
{
}
#endif

/* The free list is last in, first out; slabs grow beyond what was expected,
 * and every slot is found again by any address in it. */
static void test_pool(void)
{
    enum { MANY = 1000 };
    static char *blocks[MANY];
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 2, 100);
    for (int i = 0; i < MANY; i++) {
        blocks[i] = stack_new(&pool);
        char *low = stack_slot_of(&pool, blocks[i]);
        assert(low == stack_slot_of(&pool, low));
        assert(low == stack_slot_of(&pool, low + SLOT - 1));
        assert(stack_block_of(&pool, low) == blocks[i]);
        assert(blocks[i] + 100 <= low + SLOT);
        for (int k = 0; k < i; k++) {
            assert(stack_slot_of(&pool, blocks[k]) != low);
        }
    }
    assert(pool.made == MANY);
    assert(stack_slot_of(&pool, &pool) == NULL);
    stack_free(&pool, blocks[7]);
    stack_free(&pool, blocks[500]);
    assert(stack_new(&pool) == (void *)blocks[500]);
    memset(blocks[500], 0xff, 100);
    assert(stack_new(&pool) == (void *)blocks[7]);
    assert(pool.made == MANY);
    stack_pool_deinit(&pool);
    assert(stack_pools_first() == NULL);
}

/* Neighbouring tops do not compete for the same cache sets. */
static void test_colours(void)
{
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 2, 100);
    uintptr_t first = (uintptr_t)stack_new(&pool);
    uintptr_t second = (uintptr_t)stack_new(&pool);
    assert(first % 4096 != second % 4096);
    stack_pool_deinit(&pool);
}

static sigjmp_buf faulted;

static void on_fault(int number)
{
    siglongjmp(faulted, number);
}

/* True: the byte can be written. */
static bool writable(char *address)
{
    if (sigsetjmp(faulted, 1) != 0) {
        return false;
    }
    *(volatile char *)address = 1;
    return true;
}

/* The page at a slot's low end, and no other, refuses to be touched; also
 * where only mprotect can make it so. */
static void test_guard(bool mark)
{
    struct sigaction action = {.sa_handler = on_fault};
    struct sigaction before;
    assert(sigaction(SIGSEGV, &action, &before) == 0);
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 2, 100);
    stack_new(&pool);
    pool.guard_is_mark = pool.guard_is_mark && mark;
    char *block = stack_new(&pool);
    char *low = stack_slot_of(&pool, block);
    assert(pool.guarded == 2);
    assert(writable(low + pool.guard_size));
    assert(writable(block));
    assert(writable(low + SLOT - 1));
    assert(!writable(low));
    assert(!writable(low + pool.guard_size - 1));
    stack_pool_deinit(&pool);
    assert(sigaction(SIGSEGV, &before, NULL) == 0);
}

/* The deepest use of any stack is found, also of one that is free again, and
 * looking does not touch what was not touched. */
static void test_usage(void)
{
    struct exec_stacks usage;
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 2, 100);
    char *blocks[3];
    for (int i = 0; i < 3; i++) {
        blocks[i] = stack_new(&pool);
    }
    stack_usage(&pool, &usage);
    assert(usage.made == 3 && usage.guarded == 3 && usage.mappings >= 1);
    assert(usage.high_water_bytes == 0);
    blocks[2][-100] = 1;
    blocks[1][-30000] = 1;
    stack_free(&pool, blocks[1]);
    stack_usage(&pool, &usage);
    if (usage.high_water_bytes != 0) { /* valgrind does not let us look */
        assert(usage.high_water_bytes >= 30000);
        assert(usage.high_water_bytes < 30000 + 8);
    }
    stack_pool_deinit(&pool);
}

#define NOT_KNOWN SIZE_MAX /* an emulator may not tell */

/* Pages of a pool's slabs that are there. */
static size_t resident(const struct stack_pool *pool)
{
    size_t found = 0;
    for (const struct stack_slab *slab = pool->slabs; slab; slab = slab->next) {
        size_t size = slab->slots * pool->slot_size;
        size_t pages = size / pool->guard_size;
        unsigned char *there = calloc(pages, 1);
        assert(there);
        if (mincore(slab->low, size, there) < 0) {
            free(there);
            return NOT_KNOWN;
        }
        for (size_t i = 0; i < pages; i++) {
            found += there[i] & 1;
        }
        free(there);
    }
    return found;
}

/* First pages that are brought in advance are those of the slots that come
 * next, and an eighth of all at the most; few stacks have none. */
static void test_prefaulted(void)
{
    enum { MADE = 4000, FEW = 8 };
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, FEW, 100);
    for (size_t i = 1; i <= MADE; i++) {
        char *block = stack_new(&pool);
        size_t before = i % 100 == 0 ? resident(&pool) : NOT_KNOWN;
        assert(block && *block == 0);
        *block = 1;
        if (before != NOT_KNOWN) {
            size_t after = resident(&pool);
            assert(before >= i - 1 && after <= i + i / 8);
            assert(pool.prefaults_singly || pool.slabs->valgrinds ||
                   after == before);
        }
        size_t few = i == FEW ? resident(&pool) : NOT_KNOWN;
        assert(few == NOT_KNOWN || few == FEW);
    }
    stack_pool_deinit(&pool);
}

int main(void)
{
    stack_context_init_thread(&home);
    test_registers();
    test_red_zone();
    test_fp_control();
    test_pool();
    test_colours();
    test_guard(true);
    test_guard(false);
    test_usage();
    test_prefaulted();
    stack_context_deinit(&home);
    return 0;
}
