/* SPDX-License-Identifier: MIT */
/*
 * io_blocking_call: tasks that call what only blocks, inline or elsewhere. The
 * margin of cpu_compress is wider: it works in memory that others share. What
 * an executor's jobs do to the loop is told by mixed_executor.
 */
#include "claims/claim.h"

static const struct claim_part parts[] = {
    {
        .name = "stalls",
        .statement = "calls made on the loop's own thread come one after "
                     "another",
        .cells = "workload=io_blocking_call model=coop_tasks via=inline",
        .against = "tasks=1",
        .over = "tasks",
        .value = claim_steps_per_s,
        .metric = "calls per second",
        .side = CLAIM_AT_MOST,
        .bound = 1.1,
        .sentence = "on an event loop {more} tasks that block inline make "
                    "{ratio} times the calls of one",
    },
    {
        .name = "executor_helps",
        .statement = "through the executor at least twice as many calls are "
                     "made",
        .cells = "workload=io_blocking_call model=coop_tasks via=executor",
        .against = "via=inline",
        .over = "tasks",
        .value = claim_steps_per_s,
        .metric = "calls per second",
        .side = CLAIM_AT_LEAST,
        .bound = 2,
        .sentence = "through the executor {more} tasks make {ratio} times the "
                    "calls they make inline",
    },
    {
        .name = "gil_binds",
        .statement = "native work that keeps the GIL gains nothing from more "
                     "threads; an executor's threads are threads under it",
        .cells = "workload=cpu_compress model=gil_threads lock=[!n]* "
                 "release=no",
        .against = "tasks=1",
        .over = "tasks",
        .to_pus = true,
        .value = claim_steps_per_s,
        .metric = "steps per second",
        .side = CLAIM_AT_MOST,
        .bound = 1.25,
        .sentence = "{more} threads that compress and keep the GIL do {ratio} "
                    "times the work of one",
    },
    {
        .name = "gil_binds_jobs",
        .statement = "beside jobs that compute in the executor, a loop that "
                     "shares the GIL with them serves at most half",
        .cells = "workload=mixed_executor model=coop_tasks loop_lock=cpython3 "
                 "tasks=1",
        .against = "loop_lock=none",
        .over = "cpu_tasks",
        .value = claim_steps_per_s,
        .metric = "echoes per second",
        .side = CLAIM_AT_MOST,
        .bound = 0.5,
        .sentence = "beside {more} jobs of the executor a loop that shares the "
                    "GIL with them serves {a} echoes a second, and {b} if it "
                    "does not",
        .optional = true,
    },
    {0},
};

const struct claim claim_blocking = {
    .name = "blocking",
    .number = 5,
    .statement = "Blocking code stalls a loop; it must go to an executor's "
                 "threads, which the GIL binds again.",
    .refuted_by = "blocking calls that overlap on the loop's own thread, an "
                  "executor that does not help, or threads under the GIL that "
                  "compute in parallel.",
    .reading = "One forgotten blocking call stops every task of a loop. An "
               "executor cures that for calls that wait or let the GIL go, not "
               "for those that compute while they hold it.",
    .parts = parts,
};
