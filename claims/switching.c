/* SPDX-License-Identifier: MIT */
/*
 * Every step of micro_handoff is a switch that happened, under every model; of
 * micro_switch only the loop's are.
 */
#include "claims/claim.h"

static const struct claim_part parts[] = {
    {
        .name = "cheaper",
        .statement = "a hand-off between tasks is at least ten times as cheap "
                     "as one of the GIL",
        .cells = "workload=micro_handoff model=gil_threads lock=[!n]*",
        .against = "model=coop_tasks",
        .over = "tasks",
        .value = claim_seconds_per_step,
        .metric = "seconds per hand-off",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_LEAST,
        .bound = 10,
        .sentence = "a hand-off takes {a} among {more} threads under the GIL "
                    "and {b} among as many tasks: {ratio} times as long",
    },
    {
        .name = "no_kernel",
        .statement = "switching tasks needs neither the lock nor the kernel: "
                     "less than one kernel switch in a hundred",
        .cells = "workload=micro_switch model=coop_tasks tasks=[2-9]|[1-9]?*",
        .over = "tasks",
        .value = claim_kernel_switches,
        .metric = "kernel switches per switch of the loop",
        .unit = CLAIM_NUMBER,
        .side = CLAIM_AT_MOST,
        .bound = 0.01,
        .sentence = "a switch among {more} tasks takes {ratio} switches of the "
                    "kernel",
    },
    {
        .name = "stays_cheap",
        .statement = "with the most tasks measured, a hand-off still takes at "
                     "most a tenth of one between two threads under the GIL",
        .cells = "workload=micro_handoff model=coop_tasks "
                 "tasks=[3-9]|[1-9]?*",
        .against = "model=gil_threads lock=cpython3 tasks=2",
        .over = "tasks",
        .value = claim_seconds_per_step,
        .metric = "seconds per hand-off",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_MOST,
        .bound = 0.1,
        .sentence = "among {more} tasks a hand-off takes {a}, and {b} between "
                    "2 threads under the GIL",
    },
    {
        .name = "flat",
        .statement = "a switch among the most tasks measured takes at most a "
                     "quarter longer than between two",
        .cells = "workload=micro_switch model=coop_tasks tasks=[3-9]|[1-9]?*",
        .against = "tasks=2",
        .over = "tasks",
        .value = claim_seconds_per_step,
        .metric = "seconds per switch",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_MOST,
        .bound = 1.25,
        .sentence = "a switch takes {a} among {more} tasks and {b} between 2, "
                    "{ratio} times as long",
        .aside = true,
    },
    {0},
};

const struct claim claim_switching = {
    .name = "switching",
    .number = 3,
    .statement = "Cooperative tasks switch without the lock, and efficiently "
                 "whatever the number of tasks.",
    .refuted_by = "switches of tasks that go through the kernel, or that with "
                  "many tasks come near the cost of handing over a lock.",
    .reading = "Ten thousand tasks that mostly wait are nothing to an event "
               "loop. They get somewhat dearer as their stacks leave the "
               "caches, which is far from what a thread costs.",
    .parts = parts,
};
