/* SPDX-License-Identifier: MIT */
/* Each task starts a child that does nothing but count, and joins it. */
#include "harness/exec/workload.h"

#include <errno.h>

struct micro_spawn_task {
    uint64_t born; /* counted by the children, one at a time */
};

static void child_main(struct exec *ex, void *arg)
{
    (void)ex;
    struct micro_spawn_task *parent = arg;
    parent->born++;
}

static void micro_spawn_main(struct exec *ex, struct workload_run *run)
{
    struct micro_spawn_task *task = workload_task(run, ex);
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        struct exec_child *child = NULL;
        int rc = exec_spawn(ex, child_main, task, &child);
        if (rc < 0) {
            workload_fail(ex, run, rc, "spawning a task");
            return;
        }
        exec_join(ex, child);
        exec_progress(ex, ++steps);
    }
}

static void micro_spawn_describe(struct workload_run *run,
                                 struct native_work *work)
{
    _Static_assert(offsetof(struct micro_spawn_task, born) == 0,
                   "a task's state is its counter");
    work->children = (uint64_t **)run->task_state;
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

const struct workload workload_micro_spawn = {
    .unit = {.name = "micro_spawn",
             .summary = "starts a task that does nothing, and joins it"},
    .class = WORKLOAD_MICRO,
    .version = 1,
    .step_name = "one spawn and join",
    .task_size = sizeof(struct micro_spawn_task),
    .native = NATIVE_SPAWN,
    .describe = micro_spawn_describe,
    .main = micro_spawn_main,
    .verify = micro_spawn_verify,
};
