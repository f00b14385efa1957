/* SPDX-License-Identifier: MIT */
/*
 * Perfect overlap multiplies throughput by the number of tasks; half of that is
 * what is asked for, as threads also need time to come back.
 */
#include "claims/claim.h"

#define GIL "model=gil_threads lock=[!n]* "

static const struct claim_part parts[] = {
    {
        .name = "sleeps",
        .statement = "sleeps overlap: at least half of what as many tasks "
                     "could do at best",
        .cells = "workload=io_sleep " GIL,
        .against = "tasks=1",
        .over = "tasks",
        .value = claim_steps_per_s,
        .metric = "sleeps per second",
        .side = CLAIM_AT_LEAST,
        .bound = 0.5,
        .scale = CLAIM_BY_TASKS,
        .sentence = "under a GIL {more} threads that sleep do so {ratio} times "
                    "as often as one",
    },
    {
        .name = "calls",
        .statement = "blocking calls overlap: at least half of what as many "
                     "tasks could do at best",
        .cells = "workload=io_blocking_call " GIL,
        .against = "tasks=1",
        .over = "tasks",
        .value = claim_steps_per_s,
        .metric = "calls per second",
        .side = CLAIM_AT_LEAST,
        .bound = 0.5,
        .scale = CLAIM_BY_TASKS,
        .sentence = "{more} threads under a GIL make {ratio} times the "
                    "blocking calls of one",
    },
    {
        .name = "echoes",
        .statement = "many connections are served at least twice as fast as "
                     "one",
        .cells = "workload=io_tcp_echo " GIL "rate_per_s=0",
        .against = "tasks=1",
        .over = "tasks",
        .value = claim_steps_per_s,
        .metric = "round trips per second",
        .side = CLAIM_AT_LEAST,
        .bound = 2,
        .sentence = "{more} connections are served {ratio} times as fast as "
                    "one by threads under a GIL",
    },
    {
        .name = "because",
        .statement = "it is the release that does it: native calls that let "
                     "the lock go run side by side, those that keep it do not",
        .cells = "workload=cpu_compress " GIL "release=yes",
        .against = "release=no",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_LEAST,
        .bound = 1.5,
        .sentence = "{more} threads that compress do {ratio} times as much if "
                    "each call lets the lock go",
        .pus_min = 2,
    },
    {
        .name = "beside_cpu",
        .statement = "coming back takes the lock again: beside a thread that "
                     "computes, less than half as many echoes are served",
        .cells = "workload=mixed_convoy " GIL "tasks=1 cpu_tasks=1",
        .against = "cpu_tasks=0",
        .value = claim_steps_per_s,
        .metric = "echoes per second",
        .side = CLAIM_AT_MOST,
        .bound = 0.5,
        .sentence = "but beside one CPU-bound thread {a} echoes a second are "
                    "served, and {b} without it",
        .aside = true,
    },
    {0},
};

const struct claim claim_overlap = {
    .name = "overlap",
    .number = 6,
    .statement = "Blocking I/O under a GIL overlaps, because the lock is "
                 "released around it.",
    .refuted_by = "sleeps, calls or connections that come one after another, "
                  "or native calls that run side by side without letting the "
                  "lock go.",
    .reading = "Threads under a GIL serve what mostly waits as well as threads "
               "without one, as long as nothing beside them computes.",
    .parts = parts,
};
