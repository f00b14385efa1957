/* SPDX-License-Identifier: MIT */
/* The classic countdown: work that never waits and never calls anybody. */
#include "workloads/countdown.h"

static void cpu_loop_main(struct exec *ex, struct workload_run *run)
{
    countdown_main(ex, workload_task(run, ex),
                   (uint64_t)params_get(run->params, "count"),
                   (uint64_t)params_get(run->params, "yield_steps"));
}

static int cpu_loop_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = 0; i < run->tasks; i++) {
        int rc = countdown_verify(run, i, diag);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static const struct param cpu_loop_params[] = {
    {.name = "count",
     .help = "where each countdown starts",
     .unit = "iterations",
     .def = 1000000,
     .min = 1,
     .max = INT64_C(1000000000000)},
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_cpu_loop = {
    .unit = {.name = "cpu_loop",
             .summary = "counts down, again and again: pure computing",
             .params = cpu_loop_params},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one iteration of the loop",
    .task_size = sizeof(struct countdown),
    .main = cpu_loop_main,
    .verify = cpu_loop_verify,
};
