/* SPDX-License-Identifier: MIT */
/*
 * What removing the GIL buys, and what threads pay where they share: by waiting
 * for each other (micro_handoff), and by using the same objects (shared_*).
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
        .name = "price_for_one",
        .statement = "a single thread pays: references that are safe without a "
                     "GIL cost at least a tenth more than plain ones under it",
        .cells = "workload=shared_refcount model=free_threads tasks=1 "
                 "sharing=write strategy=biased",
        .against = "model=gil_threads lock=cpython3 strategy=plain",
        .value = claim_seconds_per_step,
        .metric = "seconds per reference",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_LEAST,
        .bound = 1.1,
        .sentence = "a reference taken and dropped takes one thread {a} if it "
                    "is safe without a GIL and {b} if it is plain under it, "
                    "{ratio} times as long",
        .optional = true,
    },
    {
        .name = "shared_references",
        .statement = "threads that take references to the same objects "
                     "together do no more than one",
        .cells = "workload=shared_refcount model=free_threads sharing=write",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "references per second",
        .side = CLAIM_AT_MOST,
        .bound = 1.1,
        .sentence = "{more} threads take references to shared objects {ratio} "
                    "times as fast as one",
        .pus_min = 2,
        .optional = true,
    },
    {
        .name = "shared_writes",
        .statement = "threads that write one object together do no more than "
                     "one",
        /* striped is not one counter: it is one a task. */
        .cells = "workload=shared_counter model=free_threads sharing=write "
                 "strategy=[!s]*",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "additions per second",
        .side = CLAIM_AT_MOST,
        .bound = 1.1,
        .sentence = "{more} threads that add to one counter do {ratio} times "
                    "the work of one",
        .pus_min = 2,
        .optional = true,
    },
    {
        .name = "shared_map",
        .statement = "a map that all threads read and some steps write gives "
                     "no speed-up",
        .cells = "workload=shared_map model=free_threads sharing=write",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "operations per second",
        .side = CLAIM_AT_MOST,
        .bound = 1.1,
        .sentence = "{more} threads use one map {ratio} times as fast as one",
        .pus_min = 2,
        .aside = true,
        .optional = true,
    },
    {
        .name = "reading",
        .statement = "threads that only read a shared map keep their speed-up",
        .cells = "workload=shared_map model=free_threads sharing=read",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "operations per second",
        .side = CLAIM_AT_LEAST,
        .bound = 0.75,
        .scale = CLAIM_BY_PUS,
        .sentence = "{more} threads read one map {ratio} times as fast as one",
        .pus_min = 2,
        .aside = true,
        .optional = true,
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
