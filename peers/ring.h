/* SPDX-License-Identifier: MIT */
/*
 * The loops of programs for libraries that have a switch and no scheduler. The
 * tasks stand in a ring and each yields straight to the next, without a queue;
 * a lone task yields to its resumer and is resumed, so that a step is the pair.
 *
 * A program says how it makes a task and how it swaps; `swap` is a constant
 * that the compiler inlines, so there is no call where the library has none.
 *
 * The end: the first task that finds the run over goes home for good; home
 * then resumes each of the others once more, when its stop bit is set.
 */
#pragma once

#include "harness/base/cacheline.h"
#include "harness/exec/nested.h"
#include "peers/peer.h"

#include <errno.h>
#include <sched.h>

/* A yield touches the first line of `ex`, where the library's handle stands in
 * place of ex.context, and the frames right below it. */
struct ring_task {
    struct exec ex; /* first */
    struct ring_task *next;
    bool gone;
    struct ring_task *parent; /* of a child; in a list: the next one */
    char *low;                /* its stack ends where the task begins */
    size_t size;
};

/*
 * The order in which the tasks run, in the form that is faster for so many. Few
 * are linked: who is next is then known from the one register that a switch
 * hands over. Many are in an array: who is next is known before the memory of
 * the one that yields has come into the cache, and that of several is fetched
 * at once.
 */
struct ring {
    struct ring_task **tasks;
    bool linked;
    struct ring_task **next; /* in the array */
    struct ring_task **end;
    struct ring_task *pool; /* joined children, linked by parent */
    struct ring_task *kept; /* children that have ended and are not joined */
    size_t n_kept;
    size_t keep;  /* so many are kept before all are joined; 0: none is */
    char *unused; /* slots of stacks that nobody has had */
    size_t n_unused;
    size_t slot_size;
    struct workload_run *run;
    uint64_t **children;   /* by task: how many have run */
    int64_t depth;         /* of calls that lead to a yield */
    struct ring_task home; /* the program's own thread */
};

_Static_assert(sizeof(struct stack_context) >= sizeof(void *),
               "there is room for the handle");

/* What the library needs to resume the task, while it does not run. */
PEER_INLINE void **ring_handle(struct ring_task *task)
{
    return (void **)&task->ex.context;
}

/* Who runs when `task`, the running one, yields. */
PEER_INLINE struct ring_task *ring_next(struct ring *ring,
                                        struct ring_task *task)
{
    if (ring->linked) {
        return task->next;
    }
    struct ring_task *next = *ring->next++;
    if (unlikely(ring->next == ring->end)) {
        ring->next = ring->tasks;
    }
    return next;
}

/* Leaves `from`, which is running, for `to`. Returns `from` when it is resumed:
 * a switch may have it in a register, which saves looking for it on the stack
 * of which only the pointer has just been loaded. */
typedef struct ring_task *ring_swap(struct ring_task *from,
                                    struct ring_task *to);

typedef void ring_chain(struct ring_task *task, int64_t depth);

/* What a task runs; it ends by a swap that is never undone. `ring` is a static
 * variable of the program, so that its address is a constant; `chains` are the
 * program's NESTED_CHAINS. */
PEER_INLINE void ring_task_main(struct ring *ring, struct ring_task *task,
                                ring_swap *swap, ring_chain *const chains[2][4])
{
    uint64_t steps = 0;
    if (ring->depth > 0) {
        ring_chain *chain = chains[ring->depth > 1][task->ex.index % 4];
        while (exec_safepoint(&task->ex)) {
            chain(task, ring->depth);
            exec_progress(&task->ex, ++steps);
        }
    }
    while (exec_safepoint(&task->ex)) {
        task = swap(task, ring_next(ring, task));
        exec_progress(&task->ex, ++steps);
    }
    task->gone = true;
    swap(task, &ring->home);
}

/* What home does once the tasks are made and the run has begun. */
PEER_INLINE void ring_run(struct ring *ring, size_t n, ring_swap *swap)
{
    do {
        swap(&ring->home, ring->tasks[0]);
    } while (n == 1 && !ring->tasks[0]->gone);
    for (size_t i = 0; i < n; i++) {
        struct ring_task *task = ring->tasks[i];
        while (!exec_stopping(&task->ex)) {
            sched_yield();
        }
        if (!task->gone) {
            swap(&ring->home, task);
        }
    }
}

/* A child on a stack of its own that nobody has had; NULL: no memory. */
typedef struct ring_task *ring_fresh(struct ring *ring);

/* The one for programs whose stacks are those of ring_init(). */
struct ring_task *ring_fresh_child(struct ring *ring);

PEER_INLINE struct ring_task *ring_take_child(struct ring *ring,
                                              ring_fresh *fresh)
{
    struct ring_task *child = ring->pool;
    if (unlikely(!child)) {
        return fresh(ring);
    }
    ring->pool = child->parent;
    return child;
}

/* The child has ended: its stack is for the next one, or it is kept as it is
 * until there are enough. */
PEER_INLINE void ring_end_child(struct ring *ring, struct ring_task *child)
{
    if (likely(ring->keep == 0)) {
        child->parent = ring->pool;
        ring->pool = child;
        return;
    }
    child->parent = ring->kept;
    ring->kept = child;
    if (++ring->n_kept == ring->keep) {
        ring->pool = ring->kept;
        ring->kept = NULL;
        ring->n_kept = 0;
    }
}

/*
 * A task that spawns others, one at a time: its child has a stack of the pool,
 * or a new one, runs at once, and has ended when it comes back. `enter`
 * prepares the child's first swap. With more tasks than one, each yields after
 * a step.
 */
typedef void ring_enter(struct ring_task *child);

PEER_INLINE void ring_spawner_main(struct ring *ring, struct ring_task *task,
                                   ring_swap *swap, ring_enter *enter,
                                   ring_fresh *fresh)
{
    uint64_t steps = 0;
    while (exec_safepoint(&task->ex)) {
        struct ring_task *child = ring_take_child(ring, fresh);
        if (unlikely(!child)) {
            workload_fail(&task->ex, ring->run, -EAGAIN, "making a stack");
            break;
        }
        child->parent = task;
        enter(child);
        task = swap(task, child);
        ring_end_child(ring, child);
        exec_progress(&task->ex, ++steps);
        if (task->next != &ring->home) {
            task = swap(task, ring_next(ring, task));
        }
    }
    task->gone = true;
    swap(task, &ring->home);
}

/* What a child runs: it adds 1 to its parent's counter. */
PEER_INLINE void ring_child_main(struct ring *ring, struct ring_task *child,
                                 ring_swap *swap)
{
    struct ring_task *parent = child->parent;
    ++*ring->children[parent->ex.index];
    swap(child, parent);
}

/* A task at the top of each of the run's stacks, coloured as ours are; they
 * live as long as the run. NATIVE_SPAWN: and room for their children. -EAGAIN:
 * there is no memory. */
int ring_init(struct ring *ring, struct peer_run *run, struct diag *diag);

/* The part of it for a program that has made its tasks, zeroed, by itself: a
 * ring of them. It has zeroed the ring before. */
void ring_link(struct ring *ring, struct peer_run *run,
               struct ring_task **tasks);

/* NATIVE_SPAWN: children that may be there at the same time. */
size_t ring_children(const struct native_work *work);
