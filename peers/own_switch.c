/* SPDX-License-Identifier: MIT */
/*
 * gilbench's own switch and stacks, guard pages included, without its
 * scheduler: the bare number of what `coop_tasks` ships, to be held against
 * `floor` and against the other libraries that have no scheduler either.
 */
#include "harness/base/limits.h"
#include "peers/ring.h"
#include "runtime/sched/stack_context.h"

#include <errno.h>

static struct ring ring;
static struct stack_pool stacks;

PEER_INLINE struct ring_task *own_swap(struct ring_task *from,
                                       struct ring_task *to)
{
    stack_switch(&from->ex.context, &to->ex.context);
    return from;
}

#define YIELD(task) own_swap(task, ring_next(&ring, task))
NESTED_CHAINS(struct ring_task *, YIELD)

static struct ring_task *task_of(struct stack_context *context)
{
    struct exec *ex = container_of(context, struct exec, context);
    return container_of(ex, struct ring_task, ex);
}

static void child_main(struct stack_context *context)
{
    ring_child_main(&ring, task_of(context), own_swap);
}

static void enter_child(struct ring_task *child)
{
    stack_context_deinit(&child->ex.context); /* of the one before */
    stack_context_init(&child->ex.context, &stacks, child, child_main);
}

static void task_main(struct stack_context *context)
{
    ring_task_main(&ring, task_of(context), own_swap, nested_chains);
}

static struct ring_task *new_task(struct ring *of)
{
    struct ring_task *task = stack_new(&stacks);
    (void)of;
    if (task) {
        *task = (struct ring_task){.gone = false};
    }
    return task;
}

static void spawner_main(struct stack_context *context)
{
    ring_spawner_main(&ring, task_of(context), own_swap, enter_child, new_task);
}

static int make_tasks(struct peer_run *run, struct diag *diag)
{
    size_t n = run->work->tasks;
    struct ring_task **tasks = peer_memory(run, n * sizeof(*tasks));
    for (size_t i = 0; tasks && i < n; i++) {
        tasks[i] = new_task(&ring);
        tasks = tasks[i] ? tasks : NULL;
    }
    if (!tasks) {
        return limits_no_memory(-EAGAIN, "the stacks", diag);
    }
    ring_link(&ring, run, tasks);
    return 0;
}

static int own_run(struct peer_run *run, struct diag *diag,
                   stack_entry_fn *entry)
{
    size_t n = run->work->tasks;
    size_t slot_size = (size_t)params_get(run->params, "stack_kib") * 1024;
    ring = (struct ring){0};
    stack_pool_init(&stacks, slot_size, n, sizeof(struct ring_task));
    stack_context_init_thread(&ring.home.ex.context);
    int rc = make_tasks(run, diag);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        stack_context_init(&ring.tasks[i]->ex.context, &stacks, ring.tasks[i],
                           entry);
    }
    if (rc == 0 && peer_ready(run)) {
        ring_run(&ring, n, own_swap);
    }
    return rc;
}

static int own_switch(struct peer_run *run, struct diag *diag)
{
    return own_run(run, diag, task_main);
}

static int own_spawn(struct peer_run *run, struct diag *diag)
{
    return own_run(run, diag, spawner_main);
}

static void own_cleanup(struct peer_run *run)
{
    for (size_t i = 0; ring.tasks && i < run->work->tasks; i++) {
        stack_context_deinit(&ring.tasks[i]->ex.context);
    }
    stack_context_deinit(&ring.home.ex.context);
    stack_pool_deinit(&stacks);
}

const struct peer peer_own_switch = {
    .unit = {.name = "own_switch",
             .summary = "the switch and the stacks of coop_tasks without its "
                        "scheduler",
             .unavailable = peer_switches_unseen},
    .work = {[NATIVE_SWITCH] = own_switch, [NATIVE_SPAWN] = own_spawn},
    .cleanup = own_cleanup,
};
