/* SPDX-License-Identifier: MIT */
/*
 * Threads in interpreters that have a lock each (PEP 684): a task waits for
 * the lock only when another task of its own interpreter has it, so tasks of
 * different interpreters run at the same time.
 *
 * An interpreter has objects of its own. What all of them still share is what
 * the process has once: its address space (page faults and mmap meet in the
 * kernel), the allocator with its arenas, descriptors, and C memory. So bytes
 * and events pass from one to another, as through a queue between
 * interpreters, and objects do not. Where all tasks are in one interpreter they
 * share everything, and one runs at a time, as in gil_threads.
 *
 * Stopping the world stops all interpreters, as CPython does where it changes
 * what they share.
 *
 * An interpreter is only its lock here. The megabytes that a real one has for
 * modules and objects of its own are not in its memory.
 */
#include "runtime/locks/lock_policy.h"
#include "runtime/models/thread_tasks.h"
#include "runtime/sync/world.h"

static size_t interpreters(const struct params *params, size_t tasks)
{
    size_t n = (size_t)params_get(params, "interpreters");
    return n == 0 || n > tasks ? tasks : n;
}

/* In a single interpreter all is as under one lock for all. */
static bool in_one_interpreter(const struct exec_question *question)
{
    return interpreters(question->params, question->tasks) == 1;
}

static enum exec_sharing gil_per_interpreter_sharing(
    const struct exec_question *question)
{
    return in_one_interpreter(question) ? EXEC_SHARES_OBJECTS
                                        : EXEC_SHARES_MEMORY;
}

static bool gil_per_interpreter_excludes(const struct exec_question *question)
{
    return in_one_interpreter(question) && thread_tasks_excludes(question);
}

static int gil_per_interpreter_create(const struct exec_setup *setup,
                                      struct exec_run **ret, struct diag *diag)
{
    return thread_tasks_create_groups(
        setup, interpreters(setup->params, setup->tasks), ret, diag);
}

static const char *gil_per_interpreter_unsupported(
    const struct exec_question *question)
{
    return container_of(question->lock, struct lock_policy, unit)->library
               ? "a library has one lock in a process"
               : NULL;
}

static const struct param gil_per_interpreter_params[] = {
    {.name = "interpreters",
     .help = "interpreters, to which tasks are dealt in turn; 0: one a task",
     .unit = "interpreters",
     .def = 0,
     .min = 0,
     .max = 100000},
    WORLD_PARAMS,
    {0},
};

const struct exec_model exec_model_gil_per_interpreter = {
    .unit = {.name = "gil_per_interpreter",
             .summary = "one thread a task, in interpreters with a lock each",
             .params = gil_per_interpreter_params},
    .sharing = EXEC_SHARES_MEMORY,
    .sharing_with = gil_per_interpreter_sharing,
    .excludes = gil_per_interpreter_excludes,
    .unsupported = gil_per_interpreter_unsupported,
    .takes_lock = true,
    .traces = true,
    .create = gil_per_interpreter_create,
    .start = thread_tasks_start,
    .go = thread_tasks_go,
    .stop = thread_tasks_stop,
    .join = thread_tasks_join,
    .stats = thread_tasks_stats,
    .thread_lock = thread_tasks_thread_lock,
    .threads = thread_tasks_threads,
    .destroy = thread_tasks_destroy,
};
