/* SPDX-License-Identifier: MIT */
/*
 * Tasks without a stack: each is a state machine, a function that is called
 * and notes where it goes on. It is what one writes in C without coroutines
 * and what a compiler makes of an async function. The floor of such tasks;
 * beside `floor` it shows the price of a stack: a page instead of 128 bytes,
 * and returns into frames of the caller that no predictor foresees.
 */
#include "harness/base/limits.h"
#include "harness/exec/nested.h"
#include "peers/peer.h"

#include <errno.h>

struct stackless_task {
    struct exec ex; /* first; ex.context is not used */
    bool (*resume)(struct stackless_task *task);
    uint64_t steps;
    int64_t depth;
    enum {
        BEGINS,
        HAS_YIELDED,
    } state;
};

/* A state machine has no frames to come back to: whoever yields from nested
 * calls returns from all of them, and is called down to the same place anew. */
#define YIELD(task) ((task)->state = HAS_YIELDED)
NESTED_CHAINS(struct stackless_task *, YIELD)

static bool yields_nested(struct stackless_task *task)
{
    if (task->state == HAS_YIELDED) {
        exec_progress(&task->ex, ++task->steps);
    }
    nested_chains[task->depth > 1][task->ex.index % 4](task, task->depth);
    return exec_safepoint(&task->ex);
}

/* True: it has yielded; false: it has ended. */
static bool yields_in_turn(struct stackless_task *task)
{
    switch (task->state) {
    case HAS_YIELDED:
        exec_progress(&task->ex, ++task->steps);
        break;
    case BEGINS:
        break;
    }
    task->state = HAS_YIELDED;
    return exec_safepoint(&task->ex);
}

/* Calls the tasks in turn until all have ended. */
static void run_in_turn(struct stackless_task *tasks, size_t n)
{
    size_t live = n;
    while (live > 0) {
        for (size_t i = 0; i < n; i++) {
            if (tasks[i].resume && !tasks[i].resume(&tasks[i])) {
                tasks[i].resume = NULL;
                live--;
            }
        }
    }
}

static int stackless_switch(struct peer_run *run, struct diag *diag)
{
    size_t n = run->work->tasks;
    struct stackless_task *tasks = peer_memory(run, n * sizeof(*tasks));
    if (!tasks) {
        return limits_no_memory(-EAGAIN, "the tasks", diag);
    }
    for (size_t i = 0; i < n; i++) {
        peer_task_init(run, &tasks[i].ex, i);
        tasks[i].depth = run->work->depth;
        tasks[i].resume = tasks[i].depth > 0 ? yields_nested : yields_in_turn;
    }
    if (peer_ready(run)) {
        run_in_turn(tasks, n);
    }
    return 0;
}

const struct peer peer_stackless = {
    .unit = {.name = "stackless",
             .summary = "tasks without a stack, called in turn: the floor of "
                        "state machines"},
    .work = {[NATIVE_SWITCH] = stackless_switch},
};
