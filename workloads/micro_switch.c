/* SPDX-License-Identifier: MIT */
/*
 * Tasks that yield in turn: the bare yield. One that nobody takes is no
 * switch; look at the lock's statistics or the kernel's counters beside it,
 * and at micro_handoff for switches that surely happened.
 */
#include "workloads/verify.h"

static void micro_switch_main(struct exec *ex, struct workload_run *run)
{
    (void)run;
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        exec_yield(ex);
        exec_progress(ex, ++steps);
    }
}

const struct workload workload_micro_switch = {
    .unit = {.name = "micro_switch", .summary = "tasks that yield in turn"},
    .class = WORKLOAD_MICRO,
    .version = 1,
    .step_name = "one yield",
    .native = NATIVE_SWITCH,
    .main = micro_switch_main,
    .verify = verify_nothing_left,
};
