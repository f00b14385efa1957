/* SPDX-License-Identifier: MIT */
/*
 * The loops of programs for libraries that have tasks with stacks and a
 * scheduler of their own. A program says how the library makes a task, waits
 * for its end, and yields; these are constants that the compiler inlines, so
 * there is no call where the library has none.
 */
#pragma once

#include "harness/exec/nested.h"
#include "peers/peer.h"

#include <errno.h>
#include <stdlib.h>

struct scheduled_task {
    struct peer_run *run;
    struct exec *ex;
    void *handle; /* the library's */
    int failed;
};

typedef void *scheduled_fn(void *arg);

struct scheduler {
    const char *name; /* for people */
    /* Starts the library. Optional. */
    int (*begin)(struct peer_run *run, struct diag *diag);
    /* Makes a task to be joined; NULL: no more. */
    void *(*spawn)(struct peer_run *run, scheduled_fn *fn, void *arg);
    /* Waits for its end and frees it; false: it cannot. */
    bool (*join)(void *handle);
    void (*yield)(void);
};

typedef void scheduled_chain(struct exec *ex, int64_t depth);

/* NATIVE_SWITCH: `chains` are the program's NESTED_CHAINS. */
PEER_INLINE void *scheduled_yields(struct scheduled_task *task,
                                   const struct scheduler *scheduler,
                                   scheduled_chain *const chains[2][4])
{
    uint64_t steps = 0;
    int64_t depth = task->run->work->depth;
    scheduled_chain *chain = chains[depth > 1][task->ex->index % 4];
    while (exec_safepoint(task->ex)) {
        if (depth > 0) {
            chain(task->ex, depth);
        } else {
            scheduler->yield();
        }
        exec_progress(task->ex, ++steps);
    }
    return NULL;
}

/* What a child runs: it adds 1 to its parent's counter. */
static void *scheduled_child(void *arg)
{
    uint64_t *children = arg;
    ++*children;
    return NULL;
}

PEER_INLINE bool scheduled_join_all(const struct scheduler *scheduler,
                                    void **handles, size_t n)
{
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        all = scheduler->join(handles[i]) && all;
    }
    return all;
}

/* NATIVE_SPAWN with children that are left unjoined: each has a stack that
 * nobody has used before, until there are so many. */
PEER_INLINE bool scheduled_spawn_unjoined(struct scheduled_task *task,
                                          const struct scheduler *scheduler,
                                          void **handles)
{
    size_t most = task->run->work->unjoined, n = 0;
    uint64_t *children = task->run->work->children[task->ex->index];
    uint64_t steps = 0;
    while (exec_safepoint(task->ex)) {
        if (n == most && !scheduled_join_all(scheduler, handles, n)) {
            return false;
        }
        n = n == most ? 0 : n;
        handles[n] = scheduler->spawn(task->run, scheduled_child, children);
        if (!handles[n]) {
            break;
        }
        n++;
        scheduler->yield(); /* it runs */
        exec_progress(task->ex, ++steps);
    }
    return scheduled_join_all(scheduler, handles, n) &&
           !exec_safepoint(task->ex);
}

PEER_INLINE bool scheduled_spawn_joined(struct scheduled_task *task,
                                        const struct scheduler *scheduler)
{
    uint64_t *children = task->run->work->children[task->ex->index];
    uint64_t steps = 0;
    while (exec_safepoint(task->ex)) {
        void *child = scheduler->spawn(task->run, scheduled_child, children);
        if (!child || !scheduler->join(child)) {
            return false;
        }
        exec_progress(task->ex, ++steps);
    }
    return true;
}

PEER_INLINE void *scheduled_spawns(struct scheduled_task *task,
                                   const struct scheduler *scheduler)
{
    size_t most = task->run->work->unjoined;
    void **handles = most ? calloc(most, sizeof(*handles)) : NULL;
    bool fine =
        most ? handles && scheduled_spawn_unjoined(task, scheduler, handles)
             : scheduled_spawn_joined(task, scheduler);
    task->failed = fine ? 0 : -EAGAIN;
    free(handles);
    return NULL;
}

/* The run: all tasks are made to run `fn` with their `struct scheduled_task`,
 * and waited for. */
int scheduled_run(struct peer_run *run, const struct scheduler *scheduler,
                  scheduled_fn *fn, struct diag *diag);
