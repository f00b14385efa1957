/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "harness/base/clock.h"
#include "harness/base/counter.h"
#include "harness/exec/trace.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

enum { EVENTS = 64 };

static void put(struct trace_ring *ring, uint64_t time_ns, uint32_t what)
{
    trace_begin(ring);
    trace_put(ring, time_ns, what, TRACE_NOBODY);
    trace_end(ring);
}

static void mark_at(struct trace_ring *ring, uint64_t time_ns)
{
    struct trace_mark mark = trace_mark_now(ring, time_ns);
    trace_set_mark(ring, &mark);
}

static const struct trace_event *event(const struct trace_ring *ring,
                                       uint64_t position)
{
    return &ring->events[position & ring->mask];
}

static void test_rings(void)
{
    struct trace *trace = trace_new(3, 100);
    assert(trace->n == trace_rings(3) && trace->tasks == 3);
    for (size_t i = 0; i < trace->n; i++) {
        assert(trace->rings[i].index == i);
        assert(trace->rings[i].mask == 127); /* the next power of two */
        assert(trace->rings[i].common == &trace->rings[trace->n - 1]);
    }
    assert(strcmp(trace->rings[2].name, "task 2") == 0);
    for (size_t i = 0; i < 3; i++) {
        assert(trace_spawned(trace) == &trace->rings[3 + i]);
    }
    assert(trace->untraced == 0);
    assert(trace_spawned(trace) == NULL && trace->untraced == 1);
    assert(strcmp(trace_common(trace, "timer")->name, "timer") == 0);
    trace_free(trace);
    trace_free(NULL);
}

/* Less than it holds: everything is there. */
static void test_fits(void)
{
    struct trace *trace = trace_new(1, EVENTS);
    struct trace_ring *ring = &trace->rings[0];
    put(ring, 5, TRACE_WAITS);
    mark_at(ring, 10);
    for (uint64_t i = 0; i < EVENTS - 1; i++) {
        put(ring, 11 + i, i % 2 ? TRACE_LEAVES : TRACE_RUNS | TRACE_SWITCHED);
    }
    mark_at(ring, 1000);
    put(ring, 2000, TRACE_RUNS); /* closed */
    uint64_t first;
    assert(trace_window(ring, &first) == 0);
    assert(first == 1 && ring->end.position == EVENTS);
    assert(ring->begin.state == TRACE_WAITS && ring->begin.since_ns == 5);
    assert(ring->end.state == TRACE_RUNS);
    assert(ring->end.since_ns == 11 + EVENTS - 2);
    for (uint64_t i = first; i < ring->end.position; i++) {
        assert(event(ring, i)->time_ns == 10 + i);
    }
    trace_free(trace);
}

/* More than it holds: the newest stay, the others are counted. */
static void test_wraps(void)
{
    struct trace *trace = trace_new(1, EVENTS);
    struct trace_ring *ring = &trace->rings[0];
    for (uint64_t i = 0; i < 10; i++) {
        put(ring, i, TRACE_RUNS); /* before the window: not missed */
    }
    mark_at(ring, 10);
    for (uint64_t i = 10; i < 10 + EVENTS + 7; i++) {
        put(ring, i, TRACE_RUNS);
    }
    mark_at(ring, 1000);
    uint64_t first;
    assert(trace_window(ring, &first) == 7);
    assert(first == 17 && ring->end.position == 10 + EVENTS + 7);
    for (uint64_t i = first; i < ring->end.position; i++) {
        assert(event(ring, i)->time_ns == i);
    }
    trace_free(trace);
}

/* What was lost before the window is not missed in it. */
static void test_wraps_before(void)
{
    struct trace *trace = trace_new(1, EVENTS);
    struct trace_ring *ring = &trace->rings[0];
    for (uint64_t i = 0; i < 1000; i++) {
        put(ring, i, TRACE_LEAVES);
    }
    mark_at(ring, 1000);
    put(ring, 1001, TRACE_ASKS);
    put(ring, 1002, TRACE_IN_VAIN);
    mark_at(ring, 1003);
    uint64_t first;
    assert(trace_window(ring, &first) == 0);
    assert(first == 1000 && ring->end.position == 1002);
    assert(ring->end.state == TRACE_LEAVES && ring->end.since_ns == 999);
    trace_free(trace);
}

/* So many beyond the end's mark that the window is gone altogether. */
static void test_window_lost(void)
{
    struct trace *trace = trace_new(1, EVENTS);
    struct trace_ring *ring = &trace->rings[0];
    mark_at(ring, 1);
    put(ring, 2, TRACE_RUNS);
    struct trace_mark end = trace_mark_now(ring, 3);
    for (uint64_t i = 0; i < 2 * EVENTS; i++) {
        put(ring, 4 + i, TRACE_RUNS);
    }
    trace_set_mark(ring, &end);
    uint64_t first;
    assert(trace_window(ring, &first) == 1);
    assert(first == 1 && first == ring->end.position);
    trace_free(trace);
}

/* A task whose every event goes with a count. */
struct counted {
    struct trace_ring *ring;
    counter runs;
    atomic_bool stop;
};

static void *count_runs(void *arg)
{
    struct counted *counted = arg;
    while (!atomic_load(&counted->stop)) {
        uint64_t now = clock_now_ns();
        trace_begin(counted->ring);
        counter_add(&counted->runs, 1);
        trace_put(counted->ring, now, TRACE_RUNS, TRACE_NOBODY);
        trace_end(counted->ring);
        if (counter_get(&counted->runs) % 64 == 0) {
            trace_note(counted->ring, TRACE_IN_VAIN, TRACE_NOBODY);
        }
    }
    return NULL;
}

static uint64_t runs_at_mark(struct counted *counted)
{
    struct trace_mark mark;
    uint32_t section;
    uint64_t runs;
    do {
        section = trace_read(counted->ring);
        runs = counter_get(&counted->runs);
        mark = trace_mark_now(counted->ring, clock_now_ns());
    } while (!trace_read_was_whole(counted->ring, section));
    trace_set_mark(counted->ring, &mark);
    return runs;
}

/* The window's counts are those of its events, read while it runs. */
static void test_marks(void)
{
    for (int round = 0; round < 100; round++) {
        struct trace *trace = trace_new(1, 16);
        struct counted counted = {.ring = &trace->rings[0]};
        pthread_t thread;
        assert(pthread_create(&thread, NULL, count_runs, &counted) == 0);
        while (counter_get(&counted.runs) < 100) {
        }
        uint64_t before = runs_at_mark(&counted);
        while (counter_get(&counted.runs) < before + 1000) {
        }
        uint64_t after = runs_at_mark(&counted);
        atomic_store(&counted.stop, true);
        assert(pthread_join(thread, NULL) == 0);
        uint64_t events =
            counted.ring->end.position - counted.ring->begin.position;
        /* One event more for every 64th, just before or after the mark. */
        uint64_t vain_before = before / 64;
        uint64_t vain_after = after / 64;
        uint64_t vain = events - (after - before);
        assert(vain + 1 >= vain_after - vain_before);
        assert(vain <= vain_after - vain_before + 1);
        trace_free(trace);
    }
}

int main(void)
{
    test_rings();
    test_fits();
    test_wraps();
    test_wraps_before();
    test_window_lost();
    test_marks();
    return 0;
}
