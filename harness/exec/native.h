/* SPDX-License-Identifier: MIT */
/*
 * A workload as data, for programs that do its work in their own way and not
 * through the verbs of exec.h: the peers (peers/peer.h). What is a step, how
 * it is verified and who plays the clients stays the workload's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exec;
struct workload_run;

enum native_kind {
    NATIVE_NONE,    /* it has no such form */
    NATIVE_SWITCH,  /* `tasks` tasks that yield in turn; a step is a yield */
    NATIVE_SPAWN,   /* `tasks` tasks; a step is a spawn and join of another */
    NATIVE_ECHO,    /* a server on `tasks` connections; a step is a message */
    NATIVE_OFFLOAD, /* `tasks` tasks, each with a job under way on another
                       thread at any time; a step is a job */
    NATIVE_SLEEP,   /* `tasks` sleepers; a step is a sleep, its latency how late
                       it ends */
    NATIVE_TIMER,   /* `tasks` timers in a store; a step is one that was set and
                       has expired, or was cancelled */
    NATIVE_KINDS,
};

struct native_work {
    enum native_kind kind;
    size_t tasks;
    struct workload_run *run; /* for workload_fail() and parameters */

    /* NATIVE_SWITCH: calls that lead to each yield (harness/exec/nested.h). */
    int64_t depth;

    /* NATIVE_SPAWN: by task; each child adds 1 to its parent's. A task leaves
     * so many that have ended unjoined before it joins them all, and each has
     * a stack of its own; 0: it joins each before the next. */
    uint64_t **children;
    size_t unjoined;

    /* NATIVE_ECHO: by task; blocking descriptors until somebody changes that.
     * The program closes each when its client has closed it and notes -1. */
    int *fds;
    size_t message_bytes;

    /* NATIVE_OFFLOAD: the job of a task, for another thread; `here` is a task
     * of that thread, whose breaker word the job polls. One at a time. */
    void (*job)(struct exec *here, struct workload_run *run, size_t task);

    /* NATIVE_SLEEP */
    uint64_t sleep_ns;

    /* NATIVE_TIMER: each is set for a random time from now, up to span_ns; with
     * `cancels` those are far ahead, and others are set and cancelled. What has
     * expired is looked for every look_ns. */
    uint64_t span_ns;
    uint64_t look_ns;
    bool cancels;
};
