/* SPDX-License-Identifier: MIT */
/*
 * Threads under a global interpreter lock: preemptive, one runs at a time. The
 * lock's policy is chosen by --lock; see runtime/locks/.
 */
#include "runtime/models/thread_tasks.h"

const struct exec_model exec_model_gil_threads = {
    .unit =
        {.name = "gil_threads",
         .summary =
             "one thread a task; one interpreter lock, held while a task runs"},
    .sharing = EXEC_SHARES_OBJECTS,
    .excludes = thread_tasks_excludes,
    .takes_lock = true,
    .traces = true,
    .create = thread_tasks_create,
    .start = thread_tasks_start,
    .go = thread_tasks_go,
    .stop = thread_tasks_stop,
    .join = thread_tasks_join,
    .stats = thread_tasks_stats,
    .thread_lock = thread_tasks_thread_lock,
    .threads = thread_tasks_threads,
    .destroy = thread_tasks_destroy,
};
