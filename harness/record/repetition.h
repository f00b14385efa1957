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
/* Threads beyond this are not listed: the kernel takes 30 us to tell the
 * counters of one, twice a repetition. */
#define REPETITION_THREADS 16

struct repetition_slice {
    double duration_s;
    uint64_t steps;            /* of the primary tasks */
    uint64_t background_steps; /* only if repetition.has_background */
    double cpu_s;              /* of the process */
    struct noise noise;        /* noise_between() the slice's edges */
};

/* A histogram in five numbers. */
struct repetition_spread {
    uint64_t samples;
    uint64_t max;
    int64_t p50; /* -1: too few samples, as for the others */
    int64_t p90;
    int64_t p99;
};

struct repetition_spread repetition_spread_of(const struct hist *hist,
                                              uint64_t samples);

/* What was counted at a lock. */
struct repetition_lock {
    struct exec_lock_stats stats;
    bool hides_wakeups;                 /* stats.vain is not known */
    const struct exec_library *library; /* NULL: the lock is our own */
    bool has_spread;                    /* false: the lock excludes nobody */
    struct repetition_spread wait; /* `max` also of those that did not end */
    struct repetition_spread hold; /* of those that were timed */
};

struct repetition_thread {
    int pu; /* OS index, or PU_UNBOUND */
    double cpu_s;
    uint64_t voluntary; /* context switches */
    uint64_t involuntary;
    bool has_lock; /* the model counts for each thread */
    struct repetition_lock lock;
};

/* Counters of the event loop (cooperative models). */
struct repetition_loop {
    uint64_t switches;
    uint64_t iterations;
    uint64_t executor_jobs;
    uint64_t longest_hold_ns; /* by one task, which all others had to await */
    uint32_t longest_holder;  /* its index, or EXEC_NOBODY */
    struct exec_stacks stacks;
};

/* Stops of the world, as a collector needs them. */
struct repetition_stop {
    struct repetition_spread to_stop; /* until all tasks stood still */
    struct repetition_spread pause;   /* until they went on */
};

struct repetition {
    const struct repetition_slice *slices; /* n_slices > 0 */
    size_t n_slices;
    bool has_background; /* the cell has background tasks */
    double cpu_s;
    double generator_cpu_s; /* of the load generator; negative: there is none */
    double warmup_s;        /* from the start of the tasks to the first slice */
    double wall_s;          /* of the slices */

    const uint64_t *task_steps; /* by primary task */
    size_t n_tasks;

    uint64_t voluntary; /* context switches, all threads */
    uint64_t involuntary;
    const struct repetition_thread *threads; /* that run tasks */
    size_t n_threads;

    const struct repetition_lock *lock; /* NULL: the cell has no lock */
    const struct repetition_loop *loop; /* NULL: there is no loop */
    const struct repetition_stop *stop; /* NULL: nobody stops the world */

    /* Merged over the threads. NULL or empty: the document says null. */
    const struct hist *latency;
    const struct hist *service; /* from the actual send (open loop) */

    uint64_t rss_bytes;        /* with all tasks live */
    double rss_bytes_per_task; /* negative: not known */
    size_t processes;          /* that ran; 0: the model makes none */
    uint64_t own_bytes;        /* of pages that no two of them share */
};
