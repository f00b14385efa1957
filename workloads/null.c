/* SPDX-License-Identifier: MIT */
/*
 * Nothing but the loop: a step is one safepoint and one published count. Its
 * cells say what the apparatus itself costs under each model.
 */
#include "harness/exec/workload.h"

#include <errno.h>

static void null_main(struct exec *ex, struct workload_run *run)
{
    (void)run;
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        exec_progress(ex, ++steps);
    }
}

static int null_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = 0; i < run->tasks; i++) {
        if (workload_steps(run, i) > 0) {
            return 0;
        }
    }
    return diag_set(diag, -EBADMSG, "no task made a step");
}

const struct workload workload_null = {
    .unit = {.name = "null",
             .summary = "does nothing: what the apparatus itself costs"},
    .class = WORKLOAD_MICRO,
    .version = 1,
    .step_name = "one turn of the empty loop",
    .main = null_main,
    .verify = null_verify,
};
