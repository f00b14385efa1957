/* SPDX-License-Identifier: MIT */
/*
 * One repetition of a cell: what its process measured, as plain C. The cell's
 * life (harness/cell/life.c) fills it, repetition_json.h makes the object that
 * stands in the cell protocol and, with `order` and `overhead_s` set by
 * the runner, in the result document.
 *
 * All counters are over the measured window, from the first slice's begin to
 * the last slice's end, of the cell's process without its load generator.
 */
#pragma once

#include "harness/exec/exec_model.h"
#include "harness/measure/hist.h"
#include "harness/measure/noise.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Up to this many tasks or threads are listed one by one. */
#define REPETITION_LISTED 64

struct repetition_slice {
    double duration_s;
    uint64_t steps;            /* of the primary tasks */
    uint64_t background_steps; /* only if repetition.has_background */
    double cpu_s;              /* of the process */
    struct noise noise;        /* noise_between() the slice's edges */
};

struct repetition_thread {
    int pu; /* OS index, or PU_UNBOUND */
    double cpu_s;
    uint64_t voluntary; /* context switches */
    uint64_t involuntary;
};

/* Counters of the event loop (cooperative models). */
struct repetition_loop {
    uint64_t switches;
    uint64_t iterations;
    uint64_t executor_jobs;
};

struct repetition {
    const struct repetition_slice *slices; /* n_slices > 0 */
    size_t n_slices;
    bool has_background; /* the cell has background tasks */
    double cpu_s;
    double wall_s;

    const uint64_t *task_steps; /* by primary task */
    size_t n_tasks;

    uint64_t voluntary; /* context switches, all threads */
    uint64_t involuntary;
    const struct repetition_thread *threads; /* that run tasks */
    size_t n_threads;

    const struct exec_lock_stats *lock; /* NULL: the cell has no lock */
    bool hides_wakeups;                 /* lock->vain is not known */
    /* Of the waits that ended in the window (`max` also of those that did
     * not), and of the timed holds. NULL: the lock excludes nobody. */
    const struct hist *lock_wait;
    const struct hist *lock_hold;
    const struct exec_library *library; /* NULL: the lock is our own */
    const struct repetition_loop *loop; /* NULL: there is no loop */

    /* Merged over the threads. NULL or empty: the document says null. */
    const struct hist *latency;
    const struct hist *service; /* from the actual send (open loop) */

    uint64_t rss_bytes;        /* with all tasks live */
    double rss_bytes_per_task; /* negative: not known */
};
