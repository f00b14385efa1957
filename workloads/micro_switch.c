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
#include "workloads/verify.h"

typedef void chain_fn(struct exec *ex, int64_t depth);

/* What is left to do after a call, so that it is no jump. */
#define AFTERWARDS() __asm__ volatile("" ::: "memory")

#define CHAIN(name, next)                                                      \
    static chain_fn next;                                                      \
    static __attribute__((noinline)) void name(struct exec *ex, int64_t depth) \
    {                                                                          \
        if (depth > 1) {                                                       \
            next(ex, depth - 1);                                               \
        } else {                                                               \
            exec_yield(ex);                                                    \
        }                                                                      \
        AFTERWARDS();                                                          \
    }

CHAIN(chain_a, chain_b)
CHAIN(chain_b, chain_c)
CHAIN(chain_c, chain_d)
CHAIN(chain_d, chain_a)

static chain_fn *const chains[] = {chain_a, chain_b, chain_c, chain_d};

static void yield_at_once(struct exec *ex)
{
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        exec_yield(ex);
        exec_progress(ex, ++steps);
    }
}

static void yield_from(struct exec *ex, chain_fn *chain, int64_t depth)
{
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
        yield_from(ex, chains[ex->index % ARRAY_LEN(chains)], depth);
    }
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
    .version = 1,
    .step_name = "one yield",
    .main = micro_switch_main,
    .verify = verify_nothing_left,
};
