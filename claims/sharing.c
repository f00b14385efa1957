/* SPDX-License-Identifier: MIT */
/*
 * What removing the GIL buys, and what threads pay where they share. Sharing by
 * waiting for each other is told by micro_handoff, which every plan has.
 */
#include "claims/claim.h"

static const struct claim_part parts[] = {
    {
        .name = "waiting_costs",
        .statement = "handing shared state from thread to thread takes at "
                     "least ten times what it takes between tasks of a loop",
        .cells = "workload=micro_handoff model=free_threads "
                 "tasks=[2-9]|[1-9]?*",
        .against = "model=coop_tasks",
        .over = "tasks",
        .value = claim_seconds_per_step,
        .metric = "seconds per hand-off",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_LEAST,
        .bound = 10,
        .sentence = "a token that {more} threads hand on takes {a} a time, and "
                    "{b} among tasks of a loop: {ratio} times as long",
    },
    {
        .name = "unshared",
        .statement = "threads that share nothing keep their speed-up",
        .cells = "workload=cpu_loop model=free_threads",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_LEAST,
        .bound = 0.75,
        .scale = CLAIM_BY_PUS,
        .sentence = "{more} threads that share nothing do {ratio} times the "
                    "work of one",
        .pus_min = 2,
        .aside = true,
    },
    {0},
};

const struct claim claim_sharing = {
    .name = "sharing",
    .number = 7,
    .statement = "Running in parallel needs safe synchronisation of shared "
                 "state, and that has a price.",
    .refuted_by = "threads that share state in parallel at no more than it "
                  "costs one thread.",
    .reading = "The price of removing the GIL is paid at what is shared. Work "
               "that shares little gets most of the PUs; work that shares one "
               "object all the time can be slower than one thread.",
    .parts = parts,
};
