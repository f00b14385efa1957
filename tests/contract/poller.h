/* SPDX-License-Identifier: MIT */
/* A loop with the poller under test, and tasks on it. */
#pragma once

#include "harness/base/must.h"
#include "runtime/pollers/poller.h"
#include "runtime/sched/loop_verbs.h"
#include "tests/contract/sockets.h"

#include <assert.h>

enum { STAGE_TASKS = 200, STAGE_STACK = 256 * 1024 };
enum { ROUNDS = 50, BIG = 1 << 20 };

/* What is tested; main sets them. */
extern const struct poller_type *type;
extern bool plain;

/* What may go wrong (poller_faults.c). */
void poller_faults(void);

struct stage {
    struct loop loop;
    struct hist hist;
    _Atomic uint32_t phase;
};

static inline void stage_init(struct stage *stage)
{
    struct diag diag = {0};
    *stage = (struct stage){0};
    struct loop_config config = {
        .slot_size = STAGE_STACK,
        .tasks = STAGE_TASKS,
        .executor = {.max_threads = 2, .max_queued = 8},
        .poller = type,
        .plain_poller = plain,
        .ops = &loop_ops,
        .hist = &stage->hist,
        .phase = &stage->phase};
    must(loop_init(&stage->loop, &config, &diag) == 0);
}

struct job {
    void (*run)(struct exec *ex, struct job *job);
    int fd;
    int other;
    int *turns; /* of all that count them */
    size_t count;
    ssize_t result;
    struct task *task;
};

static inline void job_main(struct exec *ex, void *arg)
{
    struct job *job = arg;
    job->run(ex, job);
}

/* Runs them all as tasks, in order, and waits for their ends. */
static inline void run_jobs(struct job *jobs, size_t n)
{
    struct stage stage;
    stage_init(&stage);
    for (size_t i = 0; i < n; i++) {
        jobs[i].task = loop_spawn(&stage.loop, job_main, &jobs[i]);
        assert(jobs[i].task);
    }
    loop_run(&stage.loop);
    assert(stage.loop.error == 0);
    assert(stage.loop.poller->waiting == 0);
    for (size_t i = 0; i < n; i++) {
        loop_reap(&stage.loop, jobs[i].task);
    }
    loop_deinit(&stage.loop);
}
