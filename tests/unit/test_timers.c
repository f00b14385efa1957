/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "runtime/sched/timers.h"

#include <assert.h>
#include <string.h>

enum { TIMERS = 5000 };

static struct timers timers;
static struct timer all[TIMERS];
static bool live[TIMERS];

static uint64_t tick_of(uint64_t ns)
{
    return (ns + TIMERS_TICK_NS - 1) / TIMERS_TICK_NS;
}

/* Expires what is due: never early, in order of ticks, none forgotten. */
static size_t expire(uint64_t now)
{
    size_t n = 0;
    uint64_t last = 0;
    struct timer *timer;
    while ((timer = timers_expire(&timers, now))) {
        size_t i = (size_t)(timer - all);
        assert(live[i]);
        live[i] = false;
        assert(timer->deadline_ns <= now);
        assert(tick_of(timer->deadline_ns) >= last);
        last = tick_of(timer->deadline_ns);
        n++;
    }
    assert(timers_next(&timers) > now);
    for (size_t i = 0; i < TIMERS; i++) {
        assert(!live[i] || all[i].deadline_ns + TIMERS_TICK_NS > now);
        assert(!live[i] ||
               timers_next(&timers) <= all[i].deadline_ns + TIMERS_TICK_NS);
    }
    return n;
}

static void add(size_t i, uint64_t deadline_ns)
{
    all[i] = (struct timer){.deadline_ns = deadline_ns};
    timers_add(&timers, &all[i]);
    live[i] = true;
}

/* Sleeps of all lengths, added and cancelled at all times. */
static void test_random(uint64_t longest_ns, uint64_t turn_ns)
{
    struct rng rng = {longest_ns};
    uint64_t now = rng_below(&rng, 100 * NS_PER_S);
    size_t left = 0;
    timers_init(&timers, now);
    memset(live, 0, sizeof(live));
    for (int turn = 0; turn < 300; turn++) {
        for (int k = 0; k < 30; k++) {
            size_t i = rng_below(&rng, TIMERS);
            if (!live[i]) {
                add(i, now + rng_below(&rng, longest_ns));
                left++;
            } else if (k % 3 == 0) {
                assert(timers_cancel(&timers, &all[i]));
                assert(!timers_cancel(&timers, &all[i]));
                live[i] = false;
                left--;
            }
        }
        now += rng_below(&rng, turn_ns);
        left -= expire(now);
    }
    left -= expire(now + 2 * longest_ns);
    assert(left == 0);
    assert(timers_next(&timers) == UINT64_MAX);
}

static void test_empty(void)
{
    timers_init(&timers, 0);
    assert(timers_next(&timers) == UINT64_MAX);
    assert(timers_expire(&timers, 5) == NULL);
    add(0, 1);
    assert(timers_expire(&timers, TIMERS_TICK_NS - 1) == NULL);
    assert(timers_next(&timers) == TIMERS_TICK_NS);
    assert(timers_expire(&timers, TIMERS_TICK_NS) == &all[0]);
    assert(timers_expire(&timers, TIMERS_TICK_NS) == NULL);
    assert(!timers_cancel(&timers, &all[0]));
}

/* Past and far away. */
static void test_ends(void)
{
    uint64_t now = 7 * NS_PER_S;
    timers_init(&timers, now);
    add(0, 1);
    add(1, UINT64_MAX);
    add(2, now);
    assert(timers_next(&timers) <= now);
    assert(timers_expire(&timers, now) == &all[0]);
    assert(timers_expire(&timers, now + TIMERS_TICK_NS) == &all[2]);
    assert(timers_expire(&timers, UINT64_MAX / 2) == NULL);
    assert(timers_cancel(&timers, &all[1]));
}

/* With few timers the loop sleeps just until the first of them. */
static void test_next(void)
{
    uint64_t now = 123 * NS_PER_S;
    timers_init(&timers, now);
    add(0, now + 300 * NS_PER_MS);
    add(1, now + 290 * NS_PER_MS + 77);
    assert(timers_next(&timers) ==
           tick_of(all[1].deadline_ns) * TIMERS_TICK_NS);
}

/* What was cancelled wakes nobody, whatever level it stood on. */
static void test_cancelled(void)
{
    uint64_t now = 123 * NS_PER_S;
    timers_init(&timers, now);
    add(0, now + 10 * NS_PER_S);
    for (uint64_t ns = 2000; ns < 10 * NS_PER_S; ns *= 3) {
        add(1, now + ns);
        assert(timers_next(&timers) < now + 2 * ns + 2 * TIMERS_TICK_NS);
        assert(timers_cancel(&timers, &all[1]));
        assert(timers_next(&timers) ==
               tick_of(all[0].deadline_ns) * TIMERS_TICK_NS);
    }
    add(1, now + NS_PER_MS);
    add(2, now + 2 * NS_PER_MS);
    assert(timers_cancel(&timers, &all[1]));
    assert(timers_expire(&timers, now + 2 * NS_PER_MS) == NULL);
    assert(timers_expire(&timers, now + 2 * NS_PER_MS + TIMERS_TICK_NS) ==
           &all[2]);
    assert(timers_cancel(&timers, &all[0]));
    assert(timers_next(&timers) == UINT64_MAX);
}

int main(void)
{
    test_empty();
    test_ends();
    test_next();
    test_cancelled();
    test_random(5000, 3000);
    test_random(2 * NS_PER_MS, NS_PER_MS / 4);
    test_random(5 * NS_PER_S, 100 * NS_PER_MS);
    test_random(100000 * NS_PER_S, 10000 * NS_PER_S);
    return 0;
}
