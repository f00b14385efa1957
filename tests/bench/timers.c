/* SPDX-License-Identifier: MIT */
/*
 * What a timer costs in the wheel of the loop and in a 4-ary heap, with 10,000
 * to 1,000,000 live ones: the measurement behind the decision for the wheel.
 *
 * usage: bench_timers [RUNS [MOST]]   medians of RUNS, ns a timer
 */
#include "runtime/sched/timers.h"
#include "harness/base/cacheline.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "harness/measure/stats.h"
#include "tests/bench/heap.h"

#include <string.h>

enum { RUNS_MAX = 1000 };

/* One run's figures, ns a timer. */
struct figures {
    double add;
    double add_cancel;
    double expire;
    double turns;
};

/* A sleep of 1 to 1000 ms. */
static uint64_t deadline(struct rng *rng, uint64_t now_ns)
{
    return now_ns + NS_PER_MS + rng_below(rng, 999 * NS_PER_MS);
}

static double each(uint64_t begin_ns, size_t n)
{
    return (double)(clock_now_ns() - begin_ns) / (double)n;
}

/* The same for either store: N live timers; one more added and cancelled at
 * once, N times; all expire at a single time, or in turns of 1 ms. */
#define MEASURE(type, init, add_, cancel_, expire_)                            \
    static struct figures measure_##type(struct type *store,                   \
                                         struct type##_timer_t *timers,        \
                                         size_t n, const uint64_t *sleeps)     \
    {                                                                          \
        struct figures figures;                                                \
        uint64_t start_ns = NS_PER_S;                                          \
        init;                                                                  \
        uint64_t begin_ns = clock_now_ns();                                    \
        for (size_t i = 0; i < n; i++) {                                       \
            timers[i].deadline_ns = start_ns + sleeps[i];                      \
            add_(store, &timers[i]);                                           \
        }                                                                      \
        figures.add = each(begin_ns, n);                                       \
        struct type##_timer_t extra = {0};                                     \
        begin_ns = clock_now_ns();                                             \
        for (size_t i = 0; i < n; i++) {                                       \
            extra.deadline_ns = start_ns + sleeps[n - 1 - i];                  \
            add_(store, &extra);                                               \
            cancel_(store, &extra);                                            \
        }                                                                      \
        figures.add_cancel = each(begin_ns, n);                                \
        begin_ns = clock_now_ns();                                             \
        size_t expired = 0;                                                    \
        while (expire_(store, start_ns + 2 * NS_PER_S)) {                      \
            expired++;                                                         \
        }                                                                      \
        figures.expire = each(begin_ns, n);                                    \
        must(expired == n);                                                    \
        init;                                                                  \
        for (size_t i = 0; i < n; i++) {                                       \
            add_(store, &timers[i]);                                           \
        }                                                                      \
        begin_ns = clock_now_ns();                                             \
        for (uint64_t now = start_ns; now < start_ns + 2 * NS_PER_S;           \
             now += NS_PER_MS) {                                               \
            while (expire_(store, now)) {                                      \
                expired++;                                                     \
            }                                                                  \
        }                                                                      \
        figures.turns = each(begin_ns, n);                                     \
        must(expired == 2 * n);                                                \
        return figures;                                                        \
    }

#define timers_timer_t timer
#define heap_timer_t   heap_timer
MEASURE(timers, timers_init(store, start_ns), timers_add, timers_cancel,
        timers_expire)
MEASURE(heap, store->n = 0, heap_add, heap_cancel, heap_expire)

static double median_of(double *values, size_t n)
{
    return stats_median(values, n);
}

static void print(const char *store, size_t n, const struct figures *runs,
                  size_t n_runs)
{
    static double values[4][RUNS_MAX];
    for (size_t i = 0; i < n_runs; i++) {
        values[0][i] = runs[i].add;
        values[1][i] = runs[i].add_cancel;
        values[2][i] = runs[i].expire;
        values[3][i] = runs[i].turns;
    }
    printf("%-6s %8zu", store, n);
    for (size_t k = 0; k < ARRAY_LEN(values); k++) {
        printf(" %12.1f", median_of(values[k], n_runs));
    }
    printf("\n");
}

static void compare(size_t n, size_t runs)
{
    static struct figures wheel[RUNS_MAX];
    static struct figures four[RUNS_MAX];
    struct timers *timers = must_calloc(1, sizeof(*timers));
    struct heap heap = {0};
    struct timer *in_wheel = must_calloc(n, sizeof(*in_wheel));
    struct heap_timer *in_heap = must_calloc(n, sizeof(*in_heap));
    uint64_t *sleeps = must_calloc(n, sizeof(*sleeps));
    struct rng rng = {n};
    for (size_t r = 0; r < runs; r++) { /* in turn, so that noise hits both */
        for (size_t i = 0; i < n; i++) {
            sleeps[i] = deadline(&rng, 0);
        }
        wheel[r] = measure_timers(timers, in_wheel, n, sleeps);
        four[r] = measure_heap(&heap, in_heap, n, sleeps);
    }
    print("wheel", n, wheel, runs);
    print("heap", n, four, runs);
    heap_deinit(&heap);
    free(timers);
    free(in_wheel);
    free(in_heap);
    free(sleeps);
}

int main(int argc, char **argv)
{
    size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 9;
    size_t most = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
    runs = runs < 1 ? 1 : runs > RUNS_MAX ? RUNS_MAX : runs;
    printf("%-6s %8s %12s %12s %12s %12s   ns a timer\n", "store", "timers",
           "add", "add+cancel", "expire all", "in 1-ms turns");
    for (size_t n = 10000; n <= most; n *= 10) {
        compare(n, runs);
    }
    return 0;
}
