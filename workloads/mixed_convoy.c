/* SPDX-License-Identifier: MIT */
/*
 * Tasks that echo messages beside tasks that only compute: the convoy effect.
 * Under a lock with a switch interval every message waits for it; on an event
 * loop it waits until the computing tasks yield, which they do every
 * `yield_steps` iterations, or never. An echo task without a turn is a result:
 * no steps and no latencies, and still a sound run.
 *
 * Primary tasks echo; background tasks count down as cpu_loop does. The clients
 * think for 100 us after each reply (docs/workloads.md says why).
 */
#include "workloads/countdown.h"
#include "workloads/echo_server.h"

#define COUNTDOWN_FROM 1000000

static size_t mixed_convoy_background(const struct params *params, size_t tasks)
{
    (void)tasks;
    return (size_t)params_get(params, "cpu_tasks");
}

static int mixed_convoy_prepare(struct workload_run *run, struct diag *diag)
{
    return echo_server_prepare(run, run->state, diag);
}

static void mixed_convoy_main(struct exec *ex, struct workload_run *run)
{
    if (ex->index < run->tasks) {
        echo_server_serve(ex, run, run->state);
    } else {
        countdown_main(ex, workload_task(run, ex), COUNTDOWN_FROM,
                       (uint64_t)params_get(run->params, "yield_steps"));
    }
}

static int mixed_convoy_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = run->tasks; i < run->tasks + run->background; i++) {
        int rc = countdown_verify(run, i, diag);
        if (rc < 0) {
            return rc;
        }
    }
    return echo_server_verify(run, diag);
}

static void mixed_convoy_cleanup(struct workload_run *run)
{
    echo_server_cleanup(run->state);
}

static const struct param mixed_convoy_params[] = {
    {.name = "cpu_tasks",
     .help = "tasks that compute beside the echo",
     .unit = "tasks",
     .def = 1,
     .min = 0,
     .max = 10000},
    ECHO_SERVER_MESSAGE_BYTES,
    ECHO_SERVER_THINK_US(100),
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_mixed_convoy = {
    .unit = {.name = "mixed_convoy",
             .summary = "echo tasks beside tasks that only compute",
             .params = mixed_convoy_params},
    .class = WORKLOAD_MIXED,
    .version = 2,
    .step_name = "one round trip of the echo",
    .state_size = sizeof(struct echo_server),
    .task_size = sizeof(struct countdown),
    .generator = GENERATOR_SPARE_PU,
    .background = mixed_convoy_background,
    .unsupported = echo_server_unsupported,
    .prepare = mixed_convoy_prepare,
    .main = mixed_convoy_main,
    .verify = mixed_convoy_verify,
    .cleanup = mixed_convoy_cleanup,
};
