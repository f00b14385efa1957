/* SPDX-License-Identifier: MIT */
/*
 * A cooperative scheduler: stackful tasks on one event loop in one thread.
 *
 * One iteration, as asyncio's: poll (without waiting when somebody is ready),
 * move expired timers to the ring, then run exactly those tasks that are ready
 * now; what they make ready runs in the next iteration, after another poll.
 * The poll is left out when no task waits for a descriptor or the executor.
 *
 * Tasks switch directly to the next ready one (harness/exec/exec.h); the loop
 * is entered again when the snapshot is used up. Nothing pre-empts a task.
 */
#pragma once

#include "harness/base/counter.h"
#include "harness/exec/exec.h"
#include "harness/exec/trace.h"
#include "runtime/pollers/poller.h"
#include "runtime/sched/executor.h"
#include "runtime/sched/stack.h"
#include "runtime/sched/timers.h"

struct loop;

struct task {
    struct exec ex; /* first: an exec is a task */
    struct loop *loop;
    exec_fn *fn;
    void *arg;
    bool done;
    struct exec *joiner;     /* waits for done */
    struct trace_ring *lane; /* NULL: no trace, or one of the children */
};

struct loop {
    struct exec_ring ring;
    uint64_t taken; /* tasks taken from the ring by earlier iterations */
    size_t live;    /* tasks that have not returned */
    struct timers timers;
    struct poller *poller;
    struct executor executor;
    struct stack_pool stacks;
    struct hist *hist;
    const _Atomic uint32_t *phase;
    const struct exec_ops *ops;
    int error; /* why it ended with tasks left: 0 or a negative errno */
    /* Copies for readers on other threads, once an iteration. */
    counter iterations;
    counter switches;
    counter jobs;
    /* NULL: no trace is taken. */
    struct trace_ring *lane;     /* the loop's own */
    struct trace_ring *children; /* tasks that tasks have spawned */
};

struct loop_config {
    size_t slot_size; /* bytes of a stack, guard page included */
    size_t tasks;     /* expected */
    size_t executor_threads;
    const struct poller_type *poller;
    bool plain_poller; /* see struct poller_config */
    const struct exec_ops *ops;
    struct hist *hist;
    const _Atomic uint32_t *phase;
};

int loop_init(struct loop *loop, const struct loop_config *config,
              struct diag *diag);
void loop_deinit(struct loop *loop);

/* Makes a ready task; NULL when there is no memory for its stack. */
struct task *loop_spawn(struct loop *loop, exec_fn *fn, void *arg);
/* Frees a task that has returned. */
void loop_reap(struct loop *loop, struct task *task);

/* Runs until no task is left, or the poller is broken (`error`). */
void loop_run(struct loop *loop);

static inline bool loop_goes_on(const struct loop *loop)
{
    return loop->live > 0 && loop->error == 0;
}

/* The parts of an iteration, for loop_trace.c. True: it has polled. */
bool loop_poll(struct loop *loop);
void loop_expire_timers(struct loop *loop);
void loop_count(struct loop *loop);

static inline struct task *task_of(struct exec *ex)
{
    return (struct task *)ex;
}

/* Leaves the running task; somebody else must hold it. */
static inline void loop_leave(struct exec *ex)
{
    exec_ring_leave(ex->ring, ex);
}
