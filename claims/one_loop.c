/* SPDX-License-Identifier: MIT */
/* cpu_loop, and what becomes of an echo on a loop whose tasks compute. */
#include "claims/claim.h"

static const struct claim_part parts[] = {
    {
        .name = "no_speed_up",
        .statement = "CPU-bound tasks together do no more work than one",
        .cells = "workload=cpu_loop model=coop_tasks",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_MOST,
        .bound = 1.1,
        .sentence = "on an event loop {more} CPU-bound tasks do {ratio} times "
                    "the work of one",
    },
    {
        .name = "keeps_the_loop",
        .statement = "a task that computes and never yields keeps the others "
                     "out",
        .cells = "workload=mixed_convoy model=coop_tasks tasks=1 cpu_tasks=1 "
                 "yield_steps=0",
        .against = "cpu_tasks=0",
        .value = claim_steps_per_s,
        .metric = "echoes per second",
        .side = CLAIM_AT_MOST,
        .bound = 0.5,
        .sentence = "on an event loop {a} echoes a second are served beside a "
                    "task that never yields, and {b} without it",
    },
    {
        .name = "yielding_helps",
        .statement = "if it yields, at least half as many echoes are served as "
                     "without it",
        .cells = "workload=mixed_convoy model=coop_tasks tasks=1 cpu_tasks=1 "
                 "yield_steps=[1-9]*",
        .against = "cpu_tasks=0 yield_steps=0",
        .value = claim_steps_per_s,
        .metric = "echoes per second",
        .side = CLAIM_AT_LEAST,
        .bound = 0.5,
        .sentence = "if that task yields, {a} echoes a second are served, "
                    "{ratio} times those without it",
        .aside = true,
    },
    {
        .name = "threads_speed_up",
        .statement = "the same work does speed up in threads without a GIL",
        .cells = "workload=cpu_loop model=free_threads",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_LEAST,
        .bound = 0.75,
        .scale = CLAIM_BY_PUS,
        .sentence = "{more} threads without a GIL do {ratio} times the work of "
                    "one",
        .pus_min = 2,
        .aside = true,
    },
    {
        .name = "requests",
        .statement = "requests that compute for half of their time are served "
                     "faster by threads without a GIL",
        .cells = "workload=mixed_request model=free_threads cpu_us=500 "
                 "wait_us=500",
        .against = "model=coop_tasks",
        .over = "tasks",
        .value = claim_steps_per_s,
        .metric = "requests per second",
        .side = CLAIM_AT_LEAST,
        .bound = 1.25,
        .sentence = "of requests that compute half of their time, threads "
                    "without a GIL serve {a} a second and the loop {b}",
        .pus_min = 2,
        .aside = true,
    },
    {0},
};

const struct claim claim_one_loop = {
    .name = "one_loop",
    .number = 4,
    .statement = "An event loop still runs one task at any moment: no parallel "
                 "speed-up for CPU work.",
    .refuted_by = "CPU-bound tasks of one loop that together do more than one "
                  "alone, or a loop that serves others beside a task that "
                  "never yields.",
    .reading = "A loop saves switching, not computing. Work that takes more "
               "than some hundred microseconds has to yield, or belongs "
               "elsewhere.",
    .parts = parts,
};
