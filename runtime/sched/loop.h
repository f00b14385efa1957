/* SPDX-License-Identifier: MIT */
/*
 * A cooperative scheduler: stackful tasks on one event loop in one thread.
 *
 * One iteration: poll (without waiting when somebody is ready), move expired
 * timers to the ring, run tasks. Which ones is the discipline:
 *
 *   direct    tasks switch to the next ready one until nobody is ready or a
 *             burst is over (pace.h), so the loop polls every 10 us or so; not
 *             before as many have run as the last poll has brought, though
 *   snapshot  asyncio's: exactly those that were ready after the poll; what
 *             they make ready runs after another poll
 *
 * While somebody is ready and no task waits for a descriptor, `direct` leaves
 * the poll out (what the executor has done is looked at all the same), unless
 * there is a guard: that is left for the time of the poll, every time, so that
 * others get it (asyncio lets its interpreter lock go around select).
 * Nothing pre-empts a task; how long one has held the loop is noted.
 */
#pragma once

#include "harness/base/counter.h"
#include "harness/exec/exec.h"
#include "harness/exec/trace.h"
#include "runtime/pollers/poller.h"
#include "runtime/sched/executor.h"
#include "runtime/sched/guard.h"
#include "runtime/sched/linger.h"
#include "runtime/sched/pace.h"
#include "runtime/sched/stack_context.h"
#include "runtime/sched/timers.h"

enum loop_discipline {
    LOOP_DIRECT,
    LOOP_SNAPSHOT,
};

struct loop {
    struct exec_ring ring;
    enum loop_discipline discipline;
    struct pace pace;
    struct lingering linger;
    struct guard *guard; /* held while tasks run; NULL: there is none */
    struct timers timers;
    struct poller *poller;
    uint64_t polled; /* tasks that the last poll has made ready */
    struct executor executor;
    struct stack_pool stacks;
    struct hist *hist;
    const _Atomic uint32_t *phase;
    const struct exec_ops *ops;
    int error;       /* why it ended with tasks left: 0 or a negative errno */
    bool no_threads; /* the error: the executor could not make one */
    /* Copies for readers on other threads, once an iteration. */
    counter iterations;
    counter switches;
    counter jobs;
    counter burst_since_ns; /* 0: no task runs */
    /* The longest time that a task held the loop, of those that ended while
     * the run measured, and that task's index + 1; 0: it was not alone. */
    counter longest_hold_ns;
    counter longest_holder;
    /* NULL: no trace is taken. */
    struct trace_ring *lane;     /* the loop's own */
    struct trace_ring *children; /* tasks that tasks have spawned */
};

struct loop_config {
    enum loop_discipline discipline;
    size_t slot_size; /* bytes of a stack, guard page included */
    size_t tasks;     /* expected */
    struct executor_config executor;
    uint64_t linger_ns; /* how long it spins before it sleeps */
    struct guard *guard;
    const struct poller_type *poller;
    bool plain_poller; /* see struct poller_config */
    const struct exec_ops *ops;
    struct hist *hist;
    const _Atomic uint32_t *phase;
};

/* On the thread that will run it. */
int loop_init(struct loop *loop, const struct loop_config *config,
              struct diag *diag);
void loop_deinit(struct loop *loop);

/* Makes a ready task; NULL when there is no memory for its stack. */
struct task *loop_spawn(struct loop *loop, exec_fn *fn, void *arg);
/* Frees a task that loop_spawn() has made and that has returned. */
void loop_reap(struct loop *loop, struct task *task);

/* As loop_spawn(), for a task that another one spawns: it is used again. */
struct task *loop_spawn_child(struct loop *loop, exec_fn *fn, void *arg,
                              uint32_t index);

/* Runs until no task of loop_spawn() is left, or the poller is broken
 * (`error`).
 */
void loop_run(struct loop *loop);

static inline bool loop_goes_on(const struct loop *loop)
{
    return loop->ring.live > 0 && loop->error == 0;
}

/* The parts of an iteration, for loop_trace.c; `now` is the time. True: it has
 * polled. */
bool loop_poll(struct loop *loop, uint64_t now);
void loop_expire_timers(struct loop *loop, uint64_t now);
/* Runs the ready tasks of this iteration in bursts. `burst` runs at most `most`
 * of them; both return when they end, and begin at `now`. */
typedef uint64_t loop_burst(struct loop *loop, uint64_t now, uint64_t most);
uint64_t loop_run_due(struct loop *loop, uint64_t now, loop_burst *burst);
/* A burst of `switches` that ended with the running task. */
void loop_end_burst(struct loop *loop, uint64_t switches, uint64_t took_ns);
void loop_count(struct loop *loop);

static inline struct task *task_of(struct exec *ex)
{
    return (struct task *)ex;
}

/* Leaves the running task; somebody else must hold it. */
static inline void loop_leave(struct exec *ex)
{
    exec_ring_leave(exec_ready, ex);
}
