/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "runtime/sched/pace.h"

#include <assert.h>

enum { QUICK_NS = 2, TURNS = 30 };

/* Bursts of quick switches until they are as long as they get. */
static void settle(struct pace *pace, uint64_t switch_ns)
{
    for (int i = 0; i < TURNS; i++) {
        pace_burst_ends(pace, pace->burst, pace->burst * switch_ns);
    }
}

/* As long as PACE_NS allows, and no longer than the limit. */
static void test_length(void)
{
    struct pace pace;
    pace_init(&pace);
    assert(pace.burst == 1);
    settle(&pace, QUICK_NS);
    assert(pace.burst == PACE_BURST_MAX);
    settle(&pace, 100);
    assert(pace.burst * 100 <= PACE_NS && pace.burst * 100 * 4 >= PACE_NS);
    settle(&pace, 2 * PACE_NS);
    assert(pace.burst == 1);
}

/* One that holds the loop is alone from the second time on. */
static void test_hold(void)
{
    struct pace pace;
    pace_init(&pace);
    settle(&pace, QUICK_NS);
    uint64_t held_ns = pace_burst_ends(&pace, 1000, NS_PER_MS + 999 * QUICK_NS);
    assert(held_ns == NS_PER_MS);
    assert(pace.burst <= 10);
    pace_burst_ends(&pace, 10, NS_PER_MS);
    assert(pace.burst == 1);
    assert(pace_burst_ends(&pace, 1, NS_PER_MS) == NS_PER_MS);
}

/* All become slow at once: never less than their mean, never all of it. */
static void test_change(void)
{
    struct pace pace;
    pace_init(&pace);
    settle(&pace, QUICK_NS);
    uint64_t held_ns = pace_burst_ends(&pace, 1000, 1000 * NS_PER_US);
    assert(held_ns >= NS_PER_US && held_ns < 1000 * NS_PER_US);
}

/* A burst that ended early for want of tasks does not make the next longer. */
static void test_short(void)
{
    struct pace pace;
    pace_init(&pace);
    settle(&pace, 100);
    uint64_t before = pace.burst;
    pace_burst_ends(&pace, 1, QUICK_NS);
    assert(pace.burst == before);
}

int main(void)
{
    test_length();
    test_hold();
    test_change();
    test_short();
    return 0;
}
