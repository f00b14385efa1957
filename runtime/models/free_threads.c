/* SPDX-License-Identifier: MIT */
/*
 * Threads without a global lock.
 */
#include "runtime/models/thread_pool.h"
#include "runtime/models/thread_tasks.h"

const struct exec_model exec_model_free_threads = {
    .unit = {.name = "free_threads",
             .summary =
                 "one thread a task, no lock: what running in parallel gives",
             .params = thread_pool_params},
    .sharing = EXEC_SHARES_OBJECTS,
    .unsupported = thread_pool_unsupported,
    .places = thread_pool_places,
    .floats = thread_pool_floats,
    .create = thread_pool_create_free,
    .start = thread_pool_start,
    .go = thread_tasks_go,
    .stop = thread_tasks_stop,
    .join = thread_tasks_join,
    .stats = thread_tasks_stats,
    .threads = thread_tasks_threads,
    .destroy = thread_pool_destroy,
};
