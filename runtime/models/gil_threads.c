/* SPDX-License-Identifier: MIT */
/*
 * Threads under a global interpreter lock: preemptive, one runs at a time. The
 * lock's policy is chosen by --lock; see runtime/locks/.
 */
#include "runtime/models/thread_pool.h"
#include "runtime/models/thread_tasks.h"

const struct exec_model exec_model_gil_threads = {
    .unit =
        {.name = "gil_threads",
         .summary =
             "one thread a task; one interpreter lock, held while a task runs",
         .params = thread_pool_params},
    .sharing = EXEC_SHARES_OBJECTS,
    .unsupported = thread_pool_unsupported,
    .places = thread_pool_places,
    .floats = thread_pool_floats,
    .excludes = thread_tasks_excludes,
    .takes_lock = true,
    .traces = true,
    .create = thread_pool_create,
    .start = thread_pool_start,
    .go = thread_tasks_go,
    .stop = thread_tasks_stop,
    .join = thread_tasks_join,
    .stats = thread_tasks_stats,
    .thread_lock = thread_tasks_thread_lock,
    .threads = thread_tasks_threads,
    .destroy = thread_pool_destroy,
};
