/* SPDX-License-Identifier: MIT */
/*
 * cpu_loop: tasks that only compute. A tenth is the margin, because two
 * processes on one machine often differ by some per cent for other reasons.
 */
#include "claims/claim.h"

static const struct claim_part parts[] = {
    {
        .name = "one_runs",
        .statement = "CPU-bound threads together do no more work than one",
        .cells = "workload=cpu_loop model=gil_threads lock=[!n]*",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_MOST,
        .bound = 1.1,
        .sentence = "under a GIL {more} CPU-bound threads do {ratio} times "
                    "the work of one",
    },
    {
        .name = "paused",
        .statement = "whoever computes loses the lock at least once in two "
                     "switch intervals of computing",
        .cells = "workload=cpu_loop model=gil_threads lock=[!n]* "
                 "tasks=[2-9]|[1-9]?*",
        .over = "tasks",
        .to_pus = true,
        .value = claim_switches_per_interval,
        .metric = "changes of the lock's holder in a switch interval",
        .unit = CLAIM_NUMBER,
        .side = CLAIM_AT_LEAST,
        .bound = 0.5,
        .sentence = "among {more} CPU-bound threads the GIL changes hands "
                    "{ratio} times in a switch interval",
    },
    {0},
};

const struct claim claim_preemption = {
    .name = "preemption",
    .number = 1,
    .statement = "Under a GIL one thread runs at a time, and its holder is "
                 "paused regularly.",
    .refuted_by = "CPU-bound threads that together do more than one alone, or "
                  "a holder that computes on without being made to give way.",
    .reading = "More threads do not make computing faster under a GIL, but no "
               "thread that computes can keep the others out for good.",
    .parts = parts,
};
