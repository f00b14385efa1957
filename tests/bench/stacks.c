/* SPDX-License-Identifier: MIT */
/*
 * What stacks cost without a scheduler: a resume and a yield; a task's life on
 * a stack that is warm (used before); and on a cold one, which is made,
 * guarded and touched for the first time.
 *
 * usage: bench_stacks [RUNS [STACKS]]   median and least of RUNS, ns each
 */
#include "harness/base/cacheline.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "runtime/sched/stack_context.h"

enum { RUNS_MAX = 1000, SLOT = 16 * 1024 };

struct block {
    struct stack_context context;
} __attribute__((aligned(CACHELINE)));

static struct stack_context home;

static void yield_for_ever(struct stack_context *context)
{
    for (;;) {
        stack_switch(context, &home);
    }
}

static void live_and_end(struct stack_context *context)
{
    stack_context_finish(context);
    stack_switch(context, &home);
}

static struct block *start(struct stack_pool *pool, stack_entry_fn *entry)
{
    struct block *block = stack_new(pool);
    must(block != NULL);
    stack_context_init(&block->context, pool, block, entry);
    stack_switch(&home, &block->context);
    return block;
}

static double each(uint64_t begin_ns, size_t n)
{
    return (double)(clock_now_ns() - begin_ns) / (double)n;
}

static double pair(struct stack_pool *pool, size_t n)
{
    struct block *block = start(pool, yield_for_ever);
    uint64_t begin_ns = clock_now_ns();
    for (size_t i = 0; i < n; i++) {
        stack_switch(&home, &block->context);
    }
    double ns = each(begin_ns, n);
    stack_context_deinit(&block->context);
    stack_free(pool, block);
    return ns;
}

static double warm(struct stack_pool *pool, size_t n)
{
    uint64_t begin_ns = clock_now_ns();
    for (size_t i = 0; i < n; i++) {
        struct block *block = start(pool, live_and_end);
        stack_context_deinit(&block->context);
        stack_free(pool, block);
    }
    return each(begin_ns, n);
}

static double cold(struct stack_pool *pool, size_t n)
{
    struct block **blocks = must_calloc(n, sizeof(*blocks));
    uint64_t begin_ns = clock_now_ns();
    for (size_t i = 0; i < n; i++) {
        blocks[i] = start(pool, live_and_end);
    }
    double ns = each(begin_ns, n);
    for (size_t i = 0; i < n; i++) {
        stack_context_deinit(&blocks[i]->context);
    }
    free(blocks);
    return ns;
}

static void measure(const char *what,
                    double (*one)(struct stack_pool *, size_t), size_t runs,
                    size_t stacks, size_t turns)
{
    double *ns = must_calloc(runs, sizeof(*ns));
    for (size_t i = 0; i < runs; i++) {
        struct stack_pool pool;
        stack_pool_init(&pool, SLOT, stacks, sizeof(struct block));
        ns[i] = one(&pool, turns);
        stack_pool_deinit(&pool);
    }
    double median = stats_median(ns, runs); /* sorts */
    printf("%-30s %10.2f %10.2f\n", what, median, ns[0]);
    free(ns);
}

int main(int argc, char **argv)
{
    size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 9;
    size_t stacks = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    must(runs > 0 && runs <= RUNS_MAX && stacks > 0);
    stack_context_init_thread(&home);
    printf("%-30s %10s %10s\n", "ns", "median", "least");
    measure("resume and yield", pair, runs, 1, 100 * stacks);
    measure("life of a task, warm stack", warm, runs, 1, 100 * stacks);
    measure("life of a task, cold stack", cold, runs, stacks, stacks);
    stack_context_deinit(&home);
    return 0;
}
