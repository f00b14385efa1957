/* SPDX-License-Identifier: MIT */
/*
 * Each task starts a child that does nothing but count, and joins it. With
 * `unjoined` children are left as they are when they have ended, with their
 * stacks, so that the next one has to have a new stack; so many of them are
 * joined at once. What cold stacks cost is measured before that.
 */
#include "harness/base/cleanup.h"
#include "harness/exec/workload.h"

#include <errno.h>
#include <stdlib.h>

struct micro_spawn_task {
    uint64_t born; /* counted by the children, one at a time... */
};

/* ...and where several are there, each says so for itself. */
struct unjoined {
    struct exec_child *child;
    bool born;
};

/* Where there is no more, it is one of these. */
#define SPAWNING "spawning a task (limits: ulimit -u, -v; vm.max_map_count)"

static void child_main(struct exec *ex, void *arg)
{
    (void)ex;
    struct micro_spawn_task *parent = arg;
    parent->born++;
}

static void unjoined_main(struct exec *ex, void *arg)
{
    (void)ex;
    struct unjoined *self = arg;
    self->born = true;
}

static void spawn_and_join(struct exec *ex, struct workload_run *run)
{
    struct micro_spawn_task *task = workload_task(run, ex);
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        struct exec_child *child = NULL;
        int rc = exec_spawn(ex, child_main, task, &child);
        if (rc < 0) {
            workload_fail(ex, run, rc, SPAWNING);
            return;
        }
        exec_join(ex, child);
        exec_progress(ex, ++steps);
    }
}

static void join_all(struct exec *ex, struct workload_run *run,
                     struct unjoined *all, size_t n)
{
    struct micro_spawn_task *task = workload_task(run, ex);
    for (size_t i = 0; i < n; i++) {
        exec_join(ex, all[i].child);
        task->born += all[i].born;
        all[i].born = false;
    }
}

static void spawn_unjoined(struct exec *ex, struct workload_run *run,
                           size_t most)
{
    _cleanup_(free_p) struct unjoined *all = calloc(most, sizeof(*all));
    uint64_t steps = 0;
    size_t n = 0;
    int rc = all ? 0 : -ENOMEM;
    while (rc == 0 && exec_safepoint(ex)) {
        if (n == most) {
            join_all(ex, run, all, n);
            n = 0;
        }
        rc = exec_spawn(ex, unjoined_main, &all[n], &all[n].child);
        if (rc == 0) {
            n++;
            exec_yield(ex); /* it runs */
            exec_progress(ex, ++steps);
        }
    }
    join_all(ex, run, all, n);
    if (rc < 0) {
        workload_fail(ex, run, rc, SPAWNING);
    }
}

static void micro_spawn_main(struct exec *ex, struct workload_run *run)
{
    size_t unjoined = (size_t)params_get(run->params, "unjoined");
    if (unjoined > 0) {
        spawn_unjoined(ex, run, unjoined);
    } else {
        spawn_and_join(ex, run);
    }
}

static void micro_spawn_describe(struct workload_run *run,
                                 struct native_work *work)
{
    _Static_assert(offsetof(struct micro_spawn_task, born) == 0,
                   "a task's state is its counter");
    work->children = (uint64_t **)run->task_state;
    work->unjoined = (size_t)params_get(run->params, "unjoined");
}

static int micro_spawn_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = 0; i < run->tasks; i++) {
        const struct micro_spawn_task *task = run->task_state[i];
        if (task->born != workload_steps(run, i)) {
            return diag_set(diag, -EBADMSG,
                            "task %zu has %llu children and counted %llu", i,
                            (unsigned long long)task->born,
                            (unsigned long long)workload_steps(run, i));
        }
    }
    return 0;
}

static const struct param micro_spawn_params[] = {
    {.name = "unjoined",
     .help = "children of a task that are left with their stacks when they "
             "have ended, before all are joined; 0: each is joined at once",
     .unit = "tasks",
     .def = 0,
     .min = 0,
     .max = 10000000},
    {0},
};

const struct workload workload_micro_spawn = {
    .unit = {.name = "micro_spawn",
             .summary = "starts a task that does nothing, and joins it",
             .params = micro_spawn_params},
    .class = WORKLOAD_MICRO,
    .version = 1,
    .step_name = "one spawn and join",
    .task_size = sizeof(struct micro_spawn_task),
    .native = NATIVE_SPAWN,
    .describe = micro_spawn_describe,
    .main = micro_spawn_main,
    .verify = micro_spawn_verify,
};
