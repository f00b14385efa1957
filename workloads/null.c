/* SPDX-License-Identifier: MIT */
/*
 * Nothing but the loop: a step is one published count, with a safepoint at
 * each or, to see what a safepoint costs, at every N-th only. Its cells say
 * what the apparatus itself costs under each model.
 */
#include "harness/exec/workload.h"

#include <errno.h>

static void poll_at_every_step(struct exec *ex)
{
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        exec_progress(ex, ++steps);
    }
}

static void poll_now_and_then(struct exec *ex, uint64_t every)
{
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        for (uint64_t i = 0; i < every; i++) {
            exec_progress(ex, ++steps);
        }
    }
}

static void null_main(struct exec *ex, struct workload_run *run)
{
    int64_t every = params_get(run->params, "safepoint_steps");
    if (every == 1) {
        poll_at_every_step(ex);
    } else {
        poll_now_and_then(ex, (uint64_t)every);
    }
}

static int null_verify(struct workload_run *run, struct diag *diag)
{
    uint64_t every = (uint64_t)params_get(run->params, "safepoint_steps");
    for (size_t i = 0; i < run->tasks; i++) {
        if (workload_steps(run, i) % every != 0) {
            return diag_set(diag, -EBADMSG, "a turn of the loop was cut short");
        }
    }
    return 0;
}

static const struct param null_params[] = {
    {.name = "safepoint_steps",
     .help = "steps from one safepoint to the next",
     .unit = "steps",
     .def = 1,
     .min = 1,
     .max = 1000000},
    {0},
};

const struct workload workload_null = {
    .unit = {.name = "null",
             .summary = "does nothing: what the apparatus itself costs",
             .params = null_params},
    .class = WORKLOAD_MICRO,
    .version = 1,
    .step_name = "one turn of the empty loop",
    .main = null_main,
    .verify = null_verify,
};
