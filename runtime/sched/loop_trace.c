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

/* The last of those that are ready, or NULL. */
static struct exec *last_ready(const struct exec_ring *ring)
{
    return ring->head ? ring->tail : NULL;
}

/* All that have become ready behind `last`. */
static void note_ready(const struct exec_ring *ring, const struct exec *last,
                       uint64_t now)
{
    struct exec *ex = last ? last->next : ring->head;
    for (; ex; ex = ex->next) {
        put(task_of(ex)->lane, now, TRACE_WAITS);
    }
}

/* Runs the head of the ring until it leaves. Returns when that was. */
static uint64_t run_one(struct loop *loop, uint64_t now)
{
    struct exec_ring *ring = &loop->ring;
    struct exec *ex = exec_ring_pop(ring);
    struct exec *last = last_ready(ring);
    struct task *task = task_of(ex);
    struct trace_ring *lane = task->lane ? task->lane : loop->children;
    ring->budget = 0;
    put(lane, now, TRACE_RUNS);
    stack_switch(&ring->loop, &ex->context);
    now = clock_now_ns();
    bool yielded = task->lane && last_ready(ring) == ex;
    if (!yielded) {
        put(lane, now, task->done ? TRACE_ENDS : TRACE_LEAVES);
    }
    note_ready(ring, last, now);
    return now;
}

static void run_snapshot(struct loop *loop)
{
    uint64_t now = clock_now_ns();
    uint64_t ready = loop->ring.pushed - loop->taken;
    loop->taken = loop->ring.pushed;
    for (uint64_t i = 0; i < ready; i++) {
        now = run_one(loop, now);
    }
}

static void poll_and_expire(struct loop *loop)
{
    struct exec *last = last_ready(&loop->ring);
    uint64_t before = clock_now_ns();
    bool polled = loop_poll(loop);
    uint64_t now = clock_now_ns();
    if (polled) {
        put(loop->lane, before, TRACE_LEAVES);
        put(loop->lane, now, TRACE_RUNS);
    }
    loop_expire_timers(loop);
    note_ready(&loop->ring, last, now);
}

void loop_trace_run(struct loop *loop)
{
    uint64_t now = clock_now_ns();
    put(loop->lane, now, TRACE_RUNS);
    note_ready(&loop->ring, NULL, now);
    while (loop_goes_on(loop)) {
        poll_and_expire(loop);
        run_snapshot(loop);
        loop_count(loop);
    }
}
