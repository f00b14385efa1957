/* SPDX-License-Identifier: MIT */
/*
 * A hand-over is several things, and they have different answers: what the
 * CPU-bound threads lose, what a hand-off among threads that wait costs, how
 * often the lock changes hands, how often waiters wake for nothing, and how
 * long one waits for a turn. What grows has to grow by a quarter, well beyond
 * what chance does to these cells; a hand-off, which varies more and is
 * measured with up to a hundred times as many threads, by half.
 */
#include "claims/claim.h"

#define GIL "model=gil_threads lock=[!n]* "

static const struct claim_part parts[] = {
    {
        .name = "work_lost",
        .statement = "handing over costs two CPU-bound threads at least a "
                     "twentieth of their work",
        .cells = "workload=cpu_loop " GIL "tasks=2",
        .against = "tasks=1",
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_MOST,
        .bound = 0.95,
        .sentence = "2 CPU-bound threads together do {ratio} times the work of "
                    "one",
    },
    {
        .name = "handoff_dearer",
        .statement = "a hand-off between two threads takes longer under the "
                     "GIL than without one",
        .cells = "workload=micro_handoff " GIL "tasks=2",
        .against = "model=free_threads",
        .value = claim_seconds_per_step,
        .metric = "seconds per hand-off",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_LEAST,
        .bound = 1.1,
        .sentence = "a hand-off between 2 threads takes {a} under the GIL and "
                    "{b} without one, {ratio} times as long",
    },
    {
        .name = "echo_waits",
        .statement = "an echo takes at least twice as long beside one thread "
                     "that computes",
        .cells = "workload=mixed_convoy " GIL "tasks=1 cpu_tasks=1",
        .against = "cpu_tasks=0",
        .value = claim_seconds_per_step,
        .metric = "seconds per echo",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_LEAST,
        .bound = 2,
        .sentence = "under a GIL an echo takes {a} beside one CPU-bound thread "
                    "and {b} without it, {ratio} times as long",
    },
    {
        .name = "echo_without_gil",
        .statement = "without a GIL the echo does not wait for the thread that "
                     "computes",
        .cells = "workload=mixed_convoy model=free_threads tasks=1 "
                 "cpu_tasks=1",
        .against = "cpu_tasks=0",
        .value = claim_seconds_per_step,
        .metric = "seconds per echo",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_MOST,
        .bound = 1.5,
        .sentence = "without a GIL the echo takes {a} beside one CPU-bound "
                    "thread and {b} without it",
        .pus_min = 2,
        .aside = true,
    },
    {
        .name = "handoff_grows",
        .statement =
            "a hand-off takes half as long again among many threads that "
            "wait",
        .cells = "workload=micro_handoff " GIL "tasks=[3-9]|[1-9]?*",
        .against = "tasks=2",
        .over = "tasks",
        .value = claim_seconds_per_step,
        .metric = "seconds per hand-off",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_LEAST,
        .bound = 1.5,
        .sentence = "a hand-off takes {a} among {more} threads that wait, "
                    "{ratio} times as long as between 2",
    },
    {
        .name = "switches_grow",
        .statement = "the lock changes hands more often among more threads "
                     "that compute",
        .cells = "workload=cpu_loop " GIL "tasks=[3-9]|[1-9]?*",
        .against = "tasks=2",
        .over = "tasks",
        .value = claim_switches_per_s,
        .metric = "changes of the lock's holder per second",
        .side = CLAIM_AT_LEAST,
        .bound = 1.25,
        .sentence = "among {more} threads that compute the lock changes hands "
                    "{ratio} times as often as between 2",
    },
    {
        .name = "polling_grows",
        .statement = "more threads that wait wake more often for nothing",
        .cells = "workload=cpu_loop " GIL "tasks=[3-9]|[1-9]?*",
        .against = "tasks=2",
        .over = "tasks",
        .value = claim_vain_per_s,
        .metric = "vain wake-ups per second, and one",
        .side = CLAIM_AT_LEAST,
        .bound = 1.25,
        .sentence = "waiters wake for nothing {ratio} times as often among "
                    "{more} threads as between 2",
    },
    {
        .name = "work_lost_grows",
        .statement = "more threads lose a further twentieth of the work",
        .cells = "workload=cpu_loop " GIL "tasks=[3-9]|[1-9]?*",
        .against = "tasks=2",
        .over = "tasks",
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_MOST,
        .bound = 0.95,
        .sentence = "{more} CPU-bound threads together do {ratio} times the "
                    "work of 2",
    },
    {
        .name = "turn_grows",
        .statement = "one waits longer for a turn among more threads that "
                     "compute",
        .cells = "workload=mixed_convoy " GIL "tasks=1 "
                 "cpu_tasks=[2-9]|[1-9]?*",
        .against = "cpu_tasks=1",
        .over = "cpu_tasks",
        .value = claim_seconds_per_step,
        .metric = "seconds per echo",
        .unit = CLAIM_TIME,
        .side = CLAIM_AT_LEAST,
        .bound = 1.25,
        .sentence = "an echo takes {a} beside {more} CPU-bound threads, "
                    "{ratio} times as long as beside one",
    },
    {0},
};

const struct claim claim_handover = {
    .name = "handover",
    .number = 2,
    .statement = "Handing the GIL over is wasteful, and gets worse the more "
                 "threads there are.",
    .refuted_by = "CPU-bound threads that lose nothing, hand-offs that cost "
                  "the same without the lock, or costs that do not grow with "
                  "the number of threads.",
    .reading = "What a GIL costs is less the switching than the waiting: a "
               "thread that comes back from the network beside threads that "
               "compute waits for a switch interval, and for several of them "
               "where several compute.",
    .parts = parts,
};
