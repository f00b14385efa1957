/* SPDX-License-Identifier: MIT */
/*
 * Tasks that echo messages beside tasks that send their computing away: what
 * an event loop's users are told to do with it. Each job is `job_us` long, and
 * the next one follows at once, so there are always `cpu_tasks` of them.
 *
 * On a loop the jobs run on threads of the executor, and whether they disturb
 * the echo is a matter of `loop_lock`: under an interpreter lock the loop has
 * to get it back after every poll. Under thread models each job runs on the
 * thread of its task; then this is mixed_convoy.
 */
#include "workloads/burst.h"
#include "workloads/countdown.h"
#include "workloads/echo_server.h"

struct mixed_executor {
    struct echo_server server; /* first: echo_server.h takes it for its own */
    uint64_t iterations;       /* of one job */
};

struct mixed_executor_task {
    struct countdown countdown; /* first: countdown_verify() looks for it */
    struct exec *ex;
};

static size_t mixed_executor_background(const struct params *params,
                                        size_t tasks)
{
    (void)tasks;
    return (size_t)params_get(params, "cpu_tasks");
}

static int mixed_executor_prepare(struct workload_run *run, struct diag *diag)
{
    struct mixed_executor *state = run->state;
    uint64_t job_us = (uint64_t)params_get(run->params, "job_us");
    uint64_t serve_us = (uint64_t)params_get(run->params, "serve_us");
    state->iterations = burst_iterations(job_us * NS_PER_US);
    state->server.iterations =
        serve_us > 0 ? burst_iterations(serve_us * NS_PER_US) : 0;
    return echo_server_prepare(run, &state->server, diag);
}

static void count_down(struct exec *here, void *arg)
{
    struct mixed_executor_task *task = arg;
    countdown_run(here, task->ex, &task->countdown, task->countdown.left);
}

static void mixed_executor_main(struct exec *ex, struct workload_run *run)
{
    struct mixed_executor *state = run->state;
    if (ex->index < run->tasks) {
        echo_server_serve(ex, run, &state->server);
        return;
    }
    struct mixed_executor_task *task = workload_task(run, ex);
    task->ex = ex;
    while (exec_safepoint(ex)) {
        task->countdown.left = state->iterations;
        exec_offload(ex, count_down, task);
    }
}

static int mixed_executor_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = run->tasks; i < run->tasks + run->background; i++) {
        int rc = countdown_verify(run, i, diag);
        if (rc < 0) {
            return rc;
        }
    }
    return echo_server_verify(run, diag);
}

static void mixed_executor_cleanup(struct workload_run *run)
{
    struct mixed_executor *state = run->state;
    echo_server_cleanup(&state->server);
}

static const struct param mixed_executor_params[] = {
    {.name = "cpu_tasks",
     .help = "tasks that have a job under way beside the echo",
     .unit = "tasks",
     .def = 1,
     .min = 0,
     .max = 10000},
    {.name = "job_us",
     .help = "computing time of a job, alone on its PU",
     .unit = "us",
     .def = 20000,
     .min = 1,
     .max = 10000000},
    {.name = "serve_us",
     .help = "computing time of an echo, alone on its PU",
     .unit = "us",
     .def = 0,
     .min = 0,
     .max = 1000000},
    ECHO_SERVER_MESSAGE_BYTES,
    ECHO_SERVER_THINK_US(100),
    {0},
};

const struct workload workload_mixed_executor = {
    .unit = {.name = "mixed_executor",
             .summary = "echo tasks beside tasks that compute in the executor",
             .params = mixed_executor_params},
    .class = WORKLOAD_MIXED,
    .version = 1,
    .step_name = "one round trip of the echo",
    .state_size = sizeof(struct mixed_executor),
    .task_size = sizeof(struct mixed_executor_task),
    .generator = GENERATOR_SPARE_PU,
    .background = mixed_executor_background,
    .unsupported = echo_server_unsupported,
    .prepare = mixed_executor_prepare,
    .main = mixed_executor_main,
    .verify = mixed_executor_verify,
    .cleanup = mixed_executor_cleanup,
};
