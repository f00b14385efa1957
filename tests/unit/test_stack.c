/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "harness/base/cacheline.h"
#include "runtime/sched/stack.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { STACKS = 300, SLOT = 256 * 1024, TURNS = 1000 };

struct block {
    struct stack_context context;
    double sum;
    long turns;
};

static struct stack_context home;

/* Values that live in callee-saved and vector registers must survive. */
static void body(struct stack_context *context)
{
    struct block *block = container_of(context, struct block, context);
    long a = (long)(uintptr_t)block;
    long b = a ^ 0x5555;
    long c = a + 3;
    long d = a * 5;
    long e = a - 7;
    double x = 1.5;
    double y = (double)a;
    for (int i = 0; i < TURNS; i++) {
        stack_switch(context, &home);
        assert(b == (a ^ 0x5555) && c == a + 3 && d == a * 5 && e == a - 7);
        x += 0.5;
        assert(y == (double)a);
        block->turns++;
    }
    block->sum = x;
    stack_context_finish(context);
    stack_switch(context, &home);
    assert(!"resumed after its end");
}

static void test_switch(void)
{
    static struct block *blocks[STACKS];
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 128);
    stack_context_init_thread(&home);
    for (int i = 0; i < STACKS; i++) {
        blocks[i] = stack_new(&pool, sizeof(struct block));
        assert(blocks[i] && (uintptr_t)blocks[i] % CACHELINE == 0);
        stack_context_init(&blocks[i]->context, &pool, blocks[i], body);
    }
    for (int turn = 0; turn <= TURNS; turn++) {
        for (int i = 0; i < STACKS; i++) {
            stack_switch(&home, &blocks[i]->context);
        }
    }
    for (int i = 0; i < STACKS; i++) {
        assert(blocks[i]->turns == TURNS);
        assert(blocks[i]->sum == 1.5 + 0.5 * TURNS);
        stack_context_deinit(&blocks[i]->context);
    }
    stack_context_deinit(&home);
    stack_pool_deinit(&pool);
}

/* The free list is last in, first out, and a slot comes back zeroed. */
static void test_reuse(void)
{
    struct stack_pool pool;
    stack_pool_init(&pool, SLOT, 2);
    char *a = stack_new(&pool, 100);
    char *b = stack_new(&pool, 100);
    char *c = stack_new(&pool, 100);
    memset(b, 0xff, 100);
    stack_free(&pool, a);
    stack_free(&pool, b);
    assert(stack_new(&pool, 100) == (void *)b);
    assert(b[0] == 0 && b[99] == 0);
    assert(stack_new(&pool, 100) == (void *)a);
    assert(c != a && c != b);
    stack_pool_deinit(&pool);
}

int main(void)
{
    test_switch();
    test_reuse();
    return 0;
}
