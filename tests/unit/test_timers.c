/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "harness/base/rng.h"
#include "runtime/sched/timers.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { TIMERS = 5000 };

static struct exec *mark(size_t i)
{
    return (struct exec *)(uintptr_t)(i + 1);
}

/* Never early, in order of deadline, none lost. */
static void test_order(void)
{
    static uint64_t deadlines[TIMERS];
    static bool seen[TIMERS];
    struct timers timers = {0};
    struct rng rng = {1};
    for (size_t i = 0; i < TIMERS; i++) {
        deadlines[i] = 1 + rng_below(&rng, 1000);
        timers_add(&timers, deadlines[i], mark(i));
    }
    size_t expired = 0;
    for (uint64_t now = 0; now <= 1000; now += 7) {
        struct exec *ex;
        uint64_t last = 0;
        while ((ex = timers_expire(&timers, now))) {
            size_t i = (uintptr_t)ex - 1;
            assert(deadlines[i] <= now);
            assert(deadlines[i] >= last);
            assert(!seen[i]);
            last = deadlines[i];
            seen[i] = true;
            expired++;
        }
        assert(timers.n == 0 || timers_next(&timers) > now);
    }
    assert(timers_expire(&timers, 2000) || expired == TIMERS);
    timers_deinit(&timers);
}

static void test_empty(void)
{
    struct timers timers = {0};
    assert(timers_next(&timers) == 0);
    assert(timers_expire(&timers, UINT64_MAX) == NULL);
    timers_add(&timers, 5, mark(0));
    assert(timers_expire(&timers, 4) == NULL);
    assert(timers_expire(&timers, 5) == mark(0));
    assert(timers_expire(&timers, 5) == NULL);
    timers_deinit(&timers);
}

int main(void)
{
    test_order();
    test_empty();
    return 0;
}
