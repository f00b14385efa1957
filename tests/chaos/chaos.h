/* SPDX-License-Identifier: MIT */
/*
 * Chaos for the scheduler: tasks that do anything the verbs allow, in an order
 * that only the seed knows, while signals interrupt the loop and descriptors
 * run out. Whatever happens, every promise of exec.h and executor.h holds.
 */
#pragma once

#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "runtime/sched/loop_verbs.h"

#include <pthread.h>

enum { CHAOS_JOBS = 64, CHAOS_SLEEPS = 16, CHAOS_DEPTH = 3 };

/* A round: one loop and its tasks. One thread runs it, so what the tasks share
 * needs no lock; jobs touch none of it. */
struct chaos {
    struct loop loop;
    struct rng rng;
    struct hist hist;
    _Atomic uint32_t phase;
    uint64_t until_ns; /* no new work from then on */
    uint64_t ended;    /* tasks and children that came to their end */
    uint64_t begun;
    /* Jobs under way, for those who cancel; NULL: free. */
    struct executor_job *jobs[CHAOS_JOBS];
    struct timer *sleeps[CHAOS_SLEEPS];
    uint64_t done[16]; /* by kind of work */
};

/* What a task or a child gets: its round, and how deep it stands. */
struct chaos_task {
    struct chaos *chaos;
    unsigned depth;
    unsigned works;
};

/* One piece of work; returns when it is done. */
typedef void chaos_work(struct exec *ex, struct chaos_task *task);

extern chaos_work *const chaos_works[];
extern const size_t chaos_works_n;

/* A child's or a task's life: some works. */
void chaos_live(struct exec *ex, void *arg);

static inline uint64_t chaos_below(struct chaos_task *task, uint64_t n)
{
    return rng_below(&task->chaos->rng, n);
}

/* Streams: sockets and pipes with ends that vanish (streams.c). */
chaos_work chaos_stream;
chaos_work chaos_accept;
