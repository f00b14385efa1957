/* SPDX-License-Identifier: MIT */
/*
 * Tasks that yield in turn: the bare yield. One that nobody takes is no
 * switch; look at the lock's statistics or the kernel's counters beside it,
 * and at micro_handoff for switches that surely happened.
 *
 * With `depth` each yield is made that many calls deep, and all of them return
 * before the next: that is how real tasks yield. The CPU predicts a return from
 * the calls that it has seen; those of another stack mislead it. Neighbouring
 * tasks take different ways down, so that none is right by accident.
 */
#include "harness/exec/nested.h"
#include "workloads/verify.h"

NESTED_CHAINS(struct exec *, exec_yield)

static void yield_at_once(struct exec *ex)
{
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        ex = exec_yield(ex);
        exec_progress(ex, ++steps);
    }
}

static void yield_from(struct exec *ex, int64_t depth)
{
    void (*chain)(struct exec *, int64_t) =
        nested_chains[depth > 1][ex->index % 4];
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        chain(ex, depth);
        exec_progress(ex, ++steps);
    }
}

static void micro_switch_main(struct exec *ex, struct workload_run *run)
{
    int64_t depth = params_get(run->params, "depth");
    if (depth == 0) {
        yield_at_once(ex);
    } else {
        yield_from(ex, depth);
    }
}

static void micro_switch_describe(struct workload_run *run,
                                  struct native_work *work)
{
    work->depth = params_get(run->params, "depth");
}

static const struct param micro_switch_params[] = {
    {.name = "depth",
     .help = "calls that lead to each yield and return after it",
     .unit = "calls",
     .def = 0,
     .min = 0,
     .max = 10000},
    {0},
};

const struct workload workload_micro_switch = {
    .unit = {.name = "micro_switch",
             .summary = "tasks that yield in turn",
             .params = micro_switch_params},
    .class = WORKLOAD_MICRO,
    .version = 3,
    .step_name = "one yield",
    .native = NATIVE_SWITCH,
    .describe = micro_switch_describe,
    .main = micro_switch_main,
    .verify = verify_nothing_left,
};
