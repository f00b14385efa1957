/* SPDX-License-Identifier: MIT */
/*
 * A workload: one `const struct workload workload_NAME` in workloads/NAME.c.
 *
 * The life of a run, all in one fresh process (see harness/cell/life.h):
 *
 *   prepare(run)            main thread, before any task exists, bound to the
 *                           first place; may make descriptors, inputs and the
 *                           load generator
 *   per task: main or step  on the task's own stack, with the model's exec
 *   verify(run)             main thread, after all tasks returned
 *   cleanup(run)            main thread, also after a failure of the above
 *
 * A workload starts no threads, prints nothing and reads no clock but for a
 * latency. Two runs with the same parameters do the same work.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/exec/exec.h"
#include "harness/exec/native.h"
#include "harness/exec/unit.h"

enum workload_class {
    WORKLOAD_CPU,
    WORKLOAD_IO,
    WORKLOAD_MIXED,
    WORKLOAD_MICRO,
};

/* Where the load generator, a process of its own, runs. */
enum workload_generator {
    GENERATOR_NONE,
    GENERATOR_LAST_PU,  /* the last allowed PU if there are two or more */
    GENERATOR_SPARE_PU, /* a PU without a task from 3 PUs on, else the first */
};

struct load; /* harness/load/load.h */

/* What a workload sees of the run. The core allocates all of it. */
struct workload_run {
    const struct params *params;
    size_t tasks;        /* primary tasks: indices 0 .. tasks-1 */
    size_t background;   /* background tasks: indices tasks .. */
    void *state;         /* workload->state_size bytes, zeroed */
    void **task_state;   /* per task: workload->task_size bytes, zeroed */
    int generator_pu;    /* OS index, or -1: not bound */
    struct load *load;   /* made by prepare with load_start(), or NULL */
    struct exec **execs; /* by index; NULL before the tasks exist */

    /* The first failure of a task; written by workload_fail(), read by
     * workload_failure() after all tasks have returned. */
    _Atomic int failed; /* 0 or a negative errno */
    uint32_t failed_task;
    const char *failed_doing;
};

/* "steps between two voluntary yields": the same parameter, with the same
 * meaning, in every CPU-bound workload. `workload_task_main` obeys it for
 * workloads with `step`; those with `main` do it themselves. */
#define WORKLOAD_YIELD_STEPS                                                   \
    {                                                                          \
        .name = "yield_steps",                                                 \
        .help = "steps between two voluntary yields; 0: never",                \
        .unit = "steps", .def = 0, .min = 0, .max = INT64_C(1000000000000)     \
    }

/* "via": what an event loop does with a call that blocks (enum exec_via). */
#define WORKLOAD_VIA                                                           \
    {                                                                          \
        .name = "via",                                                         \
        .help = "how an event loop makes the blocking call: on its own "       \
                "thread or on the executor's (threads ignore it)",             \
        .unit = "", .choices = workload_via_choices, .def = EXEC_INLINE        \
    }

extern const char *const workload_via_choices[];

struct workload {
    struct unit unit;
    enum workload_class class;
    unsigned version;      /* grows whenever the work changes */
    const char *step_name; /* what one step is */
    size_t state_size;
    size_t task_size;
    enum workload_generator generator;
    enum native_kind native; /* what the peers are asked to do */

    /* Number of background tasks beside `tasks` primary ones; NULL: none. */
    size_t (*background)(const struct params *params, size_t tasks);
    /* What its tasks must have of each other; a model that gives less cannot
     * run it. */
    enum exec_sharing needs;
    /* The same where it depends on the parameters; NULL: it does not. */
    enum exec_sharing (*needs_with)(const struct params *params);
    /* Why tasks must not run at the same time with these parameters, or NULL:
     * then only a model that excludes may run several. So the tasks that such
     * a workload spawns change nothing that is shared. Optional. */
    const char *(*unsafe)(const struct params *params);
    /* Why this combination cannot run, or NULL. Optional. */
    const char *(*unsupported)(const struct params *params, size_t tasks,
                               const char *model);
    int (*prepare)(struct workload_run *run, struct diag *diag); /* optional */
    /* Adds to the native form what `prepare` has made. Optional. */
    void (*describe)(struct workload_run *run, struct native_work *work);
    /* Exactly one of the two. `main` owns its loop: it runs until
     * exec_safepoint() says stop and publishes exec_progress(). `step` does
     * one step; the core loops, counts and polls, and may make the steps of a
     * task on several threads, one at a time. A negative errno from `step` ends
     * the task and fails the cell, 1 says that the run ended before the step
     * was made; a `main` that cannot go on
     * calls workload_fail() and returns. */
    void (*main)(struct exec *ex, struct workload_run *run);
    int (*step)(struct exec *ex, struct workload_run *run);
    /* On the task's own stack, after its last step: frees what the task has
     * made for itself. Only with `step`. Optional. */
    void (*finish)(struct exec *ex, struct workload_run *run);
    /* In a process in which task `index` does not run, though it does in
     * another one: closes what only that task may have open, such as the end
     * of a pipe that tells the other side of its own end. Optional. */
    void (*leave)(struct workload_run *run, size_t index);
    /* Proves that the work was done; -EBADMSG with the reason if not. */
    int (*verify)(struct workload_run *run, struct diag *diag);
    void (*cleanup)(struct workload_run *run); /* optional */
};

/* Runs one task to its end, primary or background: what a model's `entry`
 * calls on the task's own stack. */
void workload_task_main(struct exec *ex, struct workload_run *run,
                        const struct workload *workload);

/* The same in pieces, for workloads with `step`: see struct exec_setup. */
bool workload_task_step(struct exec *ex, struct workload_run *run,
                        const struct workload *workload);
void workload_task_finish(struct exec *ex, struct workload_run *run,
                          const struct workload *workload);

/* Notes that the calling task cannot go on: `code` is a negative errno,
 * `doing` a constant such as "reading from the pipe". The first one counts. */
void workload_fail(struct exec *ex, struct workload_run *run, int code,
                   const char *doing);

/* 0, or what the first workload_fail() said. The core asks it before
 * `verify`. */
int workload_failure(const struct workload_run *run, struct diag *diag);

/* The private state of the calling task. */
static inline void *workload_task(const struct workload_run *run,
                                  const struct exec *ex)
{
    return run->task_state[ex->index];
}

/* Steps finished by task `index`, warm-up and drain included; for verify. */
static inline uint64_t workload_steps(const struct workload_run *run,
                                      size_t index)
{
    return exec_steps(run->execs[index]);
}
