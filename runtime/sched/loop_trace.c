/* SPDX-License-Identifier: MIT */
#include "runtime/sched/loop_trace.h"

static void put(struct trace_ring *lane, uint64_t now, uint32_t what)
{
    if (lane) {
        trace_begin(lane);
        trace_put(lane, now, what, TRACE_NOBODY);
        trace_end(lane);
    }
}

/* All that have become ready from the place `first` of the ring on, to `last`.
 */
static void note_ready(const struct exec_ring *ring, uint64_t first,
                       uint64_t last, uint64_t now)
{
    for (uint64_t at = first; at != last; at++) {
        put(task_of(ring->slots[at & ring->mask])->lane, now, TRACE_WAITS);
    }
}

static bool is_last_ready(const struct exec_ring *ring, const struct exec *ex)
{
    return !exec_ring_is_empty(ring) &&
           ring->slots[(exec_ring_tail(ring) - 1) & ring->mask] == ex;
}

/* Notes in what state the task has left the loop, and returns when. The clock
 * is read in the section: a mark that comes before is earlier, and the task
 * runs until then; so two never run at the same time. */
static uint64_t note_leaving(struct trace_ring *lane, enum trace_kind kind)
{
    if (!lane) {
        return clock_now_ns();
    }
    trace_begin(lane);
    uint64_t now = clock_now_ns();
    trace_put(lane, now, kind, TRACE_NOBODY);
    trace_end(lane);
    return now;
}

/* Runs the head of the ring until it leaves. Returns when that was. */
static uint64_t run_one(struct loop *loop, uint64_t now)
{
    struct exec_ring *ring = &loop->ring;
    uint64_t first = exec_ring_tail(ring);
    ring->limit = ring->head + 1;
    struct exec *ex = exec_ring_first(ring);
    struct task *task = task_of(ex);
    struct trace_ring *lane = task->lane ? task->lane : loop->children;
    put(lane, now, TRACE_RUNS);
    exec_ring_run(ring);
    bool yielded = task->lane && is_last_ready(ring, ex);
    bool ended = exec_ring_has_ended(ring, task);
    uint64_t end = note_leaving(lane, yielded ? TRACE_WAITS
                                      : ended ? TRACE_ENDS
                                              : TRACE_LEAVES);
    note_ready(ring, first, exec_ring_tail(ring) - yielded, end);
    return end;
}

/* One burst, as the loop without a trace has it. */
static uint64_t run_burst(struct loop *loop, uint64_t begin, uint64_t most)
{
    uint64_t first = loop->ring.head;
    uint64_t now = begin;
    counter_set(&loop->burst_since_ns, begin);
    while (loop->ring.head - first < most && !exec_ring_is_empty(&loop->ring)) {
        now = run_one(loop, now);
    }
    loop_end_burst(loop, loop->ring.head - first, now - begin);
    return now;
}

static uint64_t poll_and_expire(struct loop *loop, uint64_t now)
{
    uint64_t first = exec_ring_tail(&loop->ring);
    bool polled = loop_poll(loop, now);
    uint64_t end = clock_now_ns();
    if (polled) {
        put(loop->lane, now, TRACE_LEAVES);
        put(loop->lane, end, TRACE_RUNS);
    }
    loop_expire_timers(loop, end);
    note_ready(&loop->ring, first, exec_ring_tail(&loop->ring), end);
    return end;
}

void loop_trace_run(struct loop *loop)
{
    uint64_t now = clock_now_ns();
    put(loop->lane, now, TRACE_RUNS);
    note_ready(&loop->ring, loop->ring.head, exec_ring_tail(&loop->ring), now);
    while (loop_goes_on(loop)) {
        now = poll_and_expire(loop, now);
        now = loop_run_due(loop, now, run_burst);
        loop_count(loop);
    }
}
