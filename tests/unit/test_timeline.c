/* SPDX-License-Identifier: MIT */
/* From rings of events to spans and points, by way of the cell protocol. */
#undef NDEBUG
#include "harness/base/cacheline.h"
#include "harness/exec/trace.h"
#include "harness/record/timeline.h"
#include "harness/record/trace_json.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { ORIGIN = 1000000 };

static void put(struct trace_ring *ring, uint64_t time_ns, uint32_t what,
                uint32_t other)
{
    trace_begin(ring);
    trace_put(ring, ORIGIN + time_ns, what, other);
    trace_end(ring);
}

static void mark_at(struct trace_ring *ring, uint64_t time_ns)
{
    struct trace_mark mark = trace_mark_now(ring, time_ns);
    trace_set_mark(ring, &mark);
}

static struct timeline read_trace(struct trace *trace)
{
    struct timeline timeline;
    json_t *json = trace_to_json(trace);
    assert(timeline_read(json, &timeline, NULL) == 0);
    json_decref(json);
    return timeline;
}

static void mark(struct trace *trace, uint64_t time_ns)
{
    for (size_t i = 0; i < trace->tasks; i++) {
        mark_at(&trace->rings[i], ORIGIN + time_ns);
    }
}

static void is_span(const struct timeline_span *span, uint64_t begin_ns,
                    uint64_t end_ns, enum timeline_state state)
{
    assert(span->begin_ns == begin_ns && span->end_ns == end_ns);
    assert(span->state == state);
}

/* Task 0 holds the lock, 1 waits and asks, they change places, 1 leaves. */
static struct trace *two_tasks(void)
{
    struct trace *trace = trace_new(2, 16);
    struct trace_ring *a = &trace->rings[0];
    struct trace_ring *b = &trace->rings[1];
    put(a, 10, TRACE_RUNS, TRACE_NOBODY);
    put(b, 20, TRACE_WAITS, TRACE_NOBODY);
    mark(trace, 100);
    put(b, 500, TRACE_ASKS, 0);
    put(b, 501, TRACE_IN_VAIN, TRACE_NOBODY);
    put(a, 510, TRACE_GIVES_WAY | TRACE_FORCED, TRACE_NOBODY);
    put(a, 515, TRACE_WAITS, TRACE_NOBODY);
    put(b, 520, TRACE_TAKES, TRACE_NOBODY);
    put(b, 521, TRACE_RUNS | TRACE_SWITCHED, TRACE_NOBODY);
    put(b, 700, TRACE_LEAVES, TRACE_NOBODY);
    mark(trace, 1100);
    return trace;
}

static void test_spans(void)
{
    struct trace *trace = two_tasks();
    struct timeline timeline = read_trace(trace);
    assert(timeline.n == trace_rings(2));
    assert(timeline.window_ns == 1000 && timeline.length_ns == 1000);
    assert(timeline.dropped == 0 && timeline.events == 7);
    const struct timeline_lane *a = &timeline.lanes[0];
    const struct timeline_lane *b = &timeline.lanes[1];
    assert(strcmp(b->name, "task 1") == 0);
    assert(a->n_spans == 3 && b->n_spans == 3);
    is_span(&a->spans[0], 0, 410, TIMELINE_RUNS);
    assert(a->spans[0].forced && !a->spans[0].barged);
    is_span(&a->spans[1], 410, 415, TIMELINE_GIVES_WAY);
    is_span(&a->spans[2], 415, 1000, TIMELINE_WAITS);
    is_span(&b->spans[0], 0, 421, TIMELINE_WAITS);
    is_span(&b->spans[1], 421, 600, TIMELINE_RUNS);
    is_span(&b->spans[2], 600, 1000, TIMELINE_BLOCKED);
    assert(!timeline_lane_used(&timeline.lanes[2]));
    timeline_deinit(&timeline);
    trace_free(trace);
}

static void test_points(void)
{
    struct trace *trace = two_tasks();
    struct timeline timeline = read_trace(trace);
    const struct timeline_lane *a = &timeline.lanes[0];
    const struct timeline_lane *b = &timeline.lanes[1];
    assert(a->n_points == 1 && b->n_points == 2);
    assert(a->points[0].kind == TIMELINE_ASKED);
    assert(a->points[0].other == 1 && a->points[0].time_ns == 400);
    assert(b->points[0].kind == TIMELINE_ASKS && b->points[0].other == 0);
    assert(b->points[1].kind == TIMELINE_IN_VAIN);
    assert(b->points[1].other == timeline.n);
    timeline_deinit(&timeline);
    trace_free(trace);
}

static void test_totals(void)
{
    struct trace *trace = two_tasks();
    struct timeline timeline = read_trace(trace);
    const struct timeline_totals *totals = &timeline.totals;
    assert(totals->runs == 1 && totals->switches == 1 && totals->waits == 1);
    assert(totals->forced == 1 && totals->barged == 0);
    assert(totals->asks == 1 && totals->vain == 1);
    assert(totals->run_ns == 410 + 179);
    assert(totals->wait_ns == 420 + 585); /* also the one under way */
    timeline_deinit(&timeline);
    trace_free(trace);
}

/* One lane has lost its first events: what is known of all begins later. */
static void test_dropped(void)
{
    struct trace *trace = trace_new(2, 16);
    put(&trace->rings[1], 1, TRACE_RUNS, TRACE_NOBODY);
    mark(trace, 100);
    for (uint64_t i = 0; i < 20; i++) {
        put(&trace->rings[0], 200 + 10 * i,
            i % 2 ? TRACE_LEAVES : TRACE_RUNS | TRACE_BARGED, TRACE_NOBODY);
    }
    mark(trace, 1100);
    struct timeline timeline = read_trace(trace);
    assert(timeline.dropped == 4 && timeline.events == 16);
    assert(timeline.lanes[0].dropped == 4 && timeline.lanes[1].dropped == 0);
    assert(timeline.window_ns == 1000);
    assert(timeline.length_ns == 1100 - 240);
    assert(timeline.lanes[0].n_spans == 16);
    assert(timeline.lanes[0].spans[0].barged);
    is_span(&timeline.lanes[0].spans[0], 0, 10, TIMELINE_RUNS);
    is_span(&timeline.lanes[1].spans[0], 0, 860, TIMELINE_RUNS);
    timeline_deinit(&timeline);
    trace_free(trace);
}

/* A trace from outside is nothing to trust. */
static void test_bad(void)
{
    static const char *const bad[] = {
        "null",
        "[]",
        "{}",
        "{\"untraced\":0}",
        "{\"untraced\":-1,\"lanes\":[]}",
        "{\"untraced\":0,\"lanes\":[1]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\"}]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\",\"begin_ns\":5,"
        "\"end_ns\":4,\"state\":0,\"dropped\":0,\"events\":[]}]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\",\"begin_ns\":0,"
        "\"end_ns\":4,\"state\":99,\"dropped\":0,\"events\":[]}]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\",\"begin_ns\":0,"
        "\"end_ns\":4,\"state\":0,\"dropped\":0,\"events\":[1,15]}]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\",\"begin_ns\":0,"
        "\"end_ns\":4,\"state\":0,\"dropped\":0,\"events\":[1,\"x\"]}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct timeline timeline;
        json_t *json = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        assert(json);
        assert(timeline_read(json, &timeline, NULL) == -EINVAL);
        json_decref(json);
    }
}

/* Odd, but no harm: an odd number of numbers, another lane that is not there,
 * times beyond the window, no lane at all. */
static void test_odd(void)
{
    static const char *const odd[] = {
        "{\"untraced\":3,\"lanes\":[]}",
        "{\"untraced\":0,\"lanes\":[{}]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\",\"begin_ns\":0,"
        "\"end_ns\":4,\"state\":3,\"dropped\":0,\"events\":[1,25606,7]}]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\",\"begin_ns\":9,"
        "\"end_ns\":20,\"state\":1,\"dropped\":0,"
        "\"events\":[-9,3,1000,2,-1000,4]}]}",
        "{\"untraced\":0,\"lanes\":[{\"name\":\"a\",\"begin_ns\":9,"
        "\"end_ns\":20,\"state\":null,\"dropped\":7,\"events\":[]}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct timeline timeline;
        json_t *json = json_loads(odd[i], 0, NULL);
        assert(timeline_read(json, &timeline, NULL) == 0);
        assert(timeline.length_ns <= timeline.window_ns);
        timeline_deinit(&timeline);
        json_decref(json);
    }
}

int main(void)
{
    test_spans();
    test_points();
    test_totals();
    test_dropped();
    test_bad();
    test_odd();
    return 0;
}
