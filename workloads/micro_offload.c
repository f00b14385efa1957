/* SPDX-License-Identifier: MIT */
/*
 * Sends a short job to the executor and waits for it: what the way there and
 * back costs on an event loop. Under thread models the job runs on the task's
 * own thread, and there is no way.
 */
#include "workloads/burst.h"
#include "workloads/countdown.h"

#include <errno.h>

struct micro_offload {
    uint64_t iterations; /* of one job */
    uint64_t expected;
};

/* After the start only who makes the task's job looks into it. */
struct micro_offload_task {
    struct workload_run *run;
    struct exec *ex; /* whose task it is */
    uint64_t jobs;   /* counted by the jobs, one at a time */
};

static int micro_offload_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    struct micro_offload *state = run->state;
    state->iterations =
        burst_iterations((uint64_t)params_get(run->params, "job_ns"));
    state->expected = countdown_proof(state->iterations);
    return 0;
}

/* It looks at its result itself: that of a real job goes where it is wanted,
 * and what this costs depends on its size. */
static void job(struct exec *here, void *arg)
{
    struct micro_offload_task *task = arg;
    const struct micro_offload *state = task->run->state;
    uint64_t proof = burst_compute(here, state->iterations);
    task->jobs++;
    if (proof != state->expected && !exec_stopping(here)) {
        workload_fail(task->ex, task->run, -EBADMSG, "computing");
    }
}

/* The same for a program that knows no task of ours. */
static void native_job(struct exec *here, struct workload_run *run,
                       size_t index)
{
    struct micro_offload_task *task = run->task_state[index];
    task->run = run;
    task->ex = here;
    job(here, task);
}

static void micro_offload_describe(struct workload_run *run,
                                   struct native_work *work)
{
    (void)run;
    work->job = native_job;
}

static void micro_offload_main(struct exec *ex, struct workload_run *run)
{
    struct micro_offload_task *task = workload_task(run, ex);
    uint64_t steps = 0;
    task->run = run;
    task->ex = ex;
    while (exec_safepoint(ex)) {
        exec_offload(ex, job, task);
        exec_progress(ex, ++steps);
    }
}

static int micro_offload_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = 0; i < run->tasks; i++) {
        const struct micro_offload_task *task = run->task_state[i];
        if (task->jobs != workload_steps(run, i)) {
            return diag_set(diag, -EBADMSG,
                            "task %zu: %llu jobs were done, %llu counted", i,
                            (unsigned long long)task->jobs,
                            (unsigned long long)workload_steps(run, i));
        }
    }
    return 0;
}

static const struct param micro_offload_params[] = {
    {.name = "job_ns",
     .help = "computing time of a job, alone on its PU",
     .unit = "ns",
     .def = 1000,
     .min = 0,
     .max = 1000000000},
    {0},
};

const struct workload workload_micro_offload = {
    .unit = {.name = "micro_offload",
             .summary = "sends a short job to the executor and waits for it",
             .params = micro_offload_params},
    .class = WORKLOAD_MICRO,
    .version = 2,
    .step_name = "one job",
    .state_size = sizeof(struct micro_offload),
    .task_size = sizeof(struct micro_offload_task),
    .native = NATIVE_OFFLOAD,
    .prepare = micro_offload_prepare,
    .describe = micro_offload_describe,
    .main = micro_offload_main,
    .verify = micro_offload_verify,
};
