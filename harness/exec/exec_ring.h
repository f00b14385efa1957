/* SPDX-License-Identifier: MIT */
/*
 * A task, and the ready tasks in their order, for models that switch in user
 * space: what exec_yield(), exec_spawn() and exec_join() do there without a
 * call. Workloads take the verbs of exec.h.
 *
 * Spawned tasks are used again, block and stack together: a task whose function
 * has returned stands right before the call of the next one. So a spawn that
 * finds such a spare one stores what is new of it and nothing else. Who makes
 * it spare is the task itself, when somebody waits for its end: nobody else
 * runs until it has left its stack. Else it is who joins it.
 *
 *   spare    pushed by a task that ends and is waited for; by who joins one
 *            that has ended
 *   joiner   set by who waits for the end, and left when it has come;
 *            EXEC_ENDED by the task itself, when its function has returned and
 *            nobody waits; NULL by the next spawn
 */
#pragma once

#include "harness/base/cacheline.h"
#include "harness/exec/stack_switch.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exec;
struct exec_ops;
struct hist;
struct loop;
struct trace_ring;

typedef void exec_fn(struct exec *ex, void *arg);

/*
 * One task. Written by its own task, except for the breaker word. `steps` is
 * read by the controller at slice edges (relaxed: a slice edge is not an
 * instant for the tasks either; the clock is read next to it).
 */
struct exec {
    _Atomic uint32_t breaker;
    uint32_t index;         /* 0 .. number of tasks - 1 */
    _Atomic uint64_t steps; /* finished so far, warm-up included */
    const struct exec_ops *ops;
    struct stack_context context;
    struct hist *hist;             /* of the OS thread that runs the task */
    const _Atomic uint32_t *phase; /* enum exec_phase, shared by the run */
} __attribute__((aligned(CACHELINE)));

#define EXEC_ENDED ((struct exec *)1)

/* A task of an event loop, and what only the loop knows of it. */
struct task {
    struct exec ex; /* first: an exec is a task */
    exec_fn *fn;
    void *arg;
    struct exec *joiner; /* who waits for its end, or EXEC_ENDED */
    struct task *next_spare;
    struct loop *loop;
    struct trace_ring *lane; /* NULL: no trace, or one of the children */
    bool child;              /* has its parent's index, and is used again */
};

/*
 * Only the thread that runs the tasks touches it, but for `running`.
 *
 * The ready ones are a circular array and no list: who is due in some turns is
 * known before it is due. A task stands in it at most once, so with room for
 * every task it is never full, and nobody who pushes has to ask.
 */
struct exec_ring {
    struct exec **slots;
    uint64_t mask;  /* number of slots - 1 */
    uint64_t head;  /* the next to run; so many turns there have been */
    uint64_t ready; /* tasks from there on: who yields leaves it as it is */
    uint64_t limit; /* at this head the loop gets its turn */
    _Atomic(struct exec *) running; /* the last one switched to; read by the
                                       controller, seen a switch late */
    struct task *spare;
    size_t live; /* tasks that have not returned; not their children, which
                  * each of them joins before */
    struct stack_context loop; /* where the loop itself waits */
    uint32_t breaker;          /* of a new task */
};

/* The ring of the loop that this thread runs; NULL: it runs none. A variable
 * of the thread and not a member of its tasks: what is found through a task is
 * known only when the switch to it is done, and the next one waits for that.
 * One load finds it, because all that is linked here is one program. */
extern _Thread_local struct exec_ring *exec_ready
    __attribute__((tls_model("local-exec")));

/* Where the next ready one goes. */
static inline uint64_t exec_ring_tail(const struct exec_ring *ring)
{
    return ring->head + ring->ready;
}

static inline void exec_ring_push(struct exec_ring *ring, struct exec *ex)
{
    ring->slots[exec_ring_tail(ring) & ring->mask] = ex;
    ring->ready++;
}

static inline bool exec_ring_is_empty(const struct exec_ring *ring)
{
    return ring->ready == 0;
}

/* How far ahead the memory of a task is asked for: its frame so many turns
 * before its own, and the task itself, which knows where that is, twice as
 * many. Inlined in any case: gcc takes a function that only asks for memory for
 * one without effect, and leaves a call of it out. */
enum { EXEC_PREFETCH_AHEAD = 8 };

/* From so many ready tasks on it pays to ask in advance. Where tasks yield:
 * they and their stacks are more than the second-level cache has room for.
 * Where they wait for the kernel: what it did for them has taken the place of
 * the others, and its calls are dear beside the asking. */
enum {
    EXEC_PREFETCH_YIELDERS = 4096,
    /* No less: the furthest that is looked at must be a ready one. */
    EXEC_PREFETCH_WAITERS = 2 * EXEC_PREFETCH_AHEAD + 1,
};

/*
 * How many lines of its stack a task uses at once when it goes on. One that
 * waited is in a verb some calls below its own loop. One that yielded is in
 * that loop, of which the frame that is live is a line; asking for the next
 * one, too, takes a third more time among 100,000 tasks and more. Where its
 * stack is deeper than a loop's it is about to return into the next line.
 */
enum { EXEC_WAIT_LINES = 6, EXEC_DEEP_LINES = 2, EXEC_LOOP_DEPTH = 256 };

/* Asks for a task; returns the nearer one, whose stack is to be asked for. */
static inline __attribute__((always_inline)) const struct stack_context *
exec_ring_ahead(const struct exec_ring *ring)
{
    uint64_t near = ring->head + EXEC_PREFETCH_AHEAD;
    uint64_t far = near + EXEC_PREFETCH_AHEAD;
    __builtin_prefetch(&ring->slots[far & ring->mask]->context, 1);
    return &ring->slots[near & ring->mask]->context;
}

static inline __attribute__((always_inline)) void exec_ring_ask_yielders(
    const struct exec_ring *ring)
{
    const struct stack_context *context = exec_ring_ahead(ring);
    if (stack_depth(context) > EXEC_LOOP_DEPTH) {
        stack_prefetch(context, EXEC_DEEP_LINES);
    } else {
        stack_prefetch(context, 1);
    }
}

/* The head of a ring that is not empty. */
static inline struct exec *exec_ring_first(const struct exec_ring *ring)
{
    return ring->slots[ring->head & ring->mask];
}

/* The head is the next to run. Somebody else takes its place among the ready,
 * or `ready` is one less. */
static inline struct exec *exec_ring_advance(struct exec_ring *ring)
{
    struct exec *ex = exec_ring_first(ring);
    if (unlikely(ring->ready >= EXEC_PREFETCH_YIELDERS)) {
        exec_ring_ask_yielders(ring);
    }
    ring->head++;
    return ex;
}

/* The head, taken off. */
static inline struct exec *exec_ring_pop(struct exec_ring *ring)
{
    ring->ready--;
    return exec_ring_advance(ring);
}

/* Whether somebody is ready and it is not the loop's turn. */
static inline bool exec_ring_goes_on(const struct exec_ring *ring)
{
    return ring->head != ring->limit && !exec_ring_is_empty(ring);
}

static inline struct exec *exec_ring_to_loop(struct exec_ring *ring,
                                             struct exec *ex)
{
    return container_of(stack_switch(&ex->context, &ring->loop), struct exec,
                        context);
}

static inline struct exec *exec_ring_switch(struct exec_ring *ring,
                                            struct exec *ex, struct exec *next)
{
    atomic_store_explicit(&ring->running, next, memory_order_relaxed);
    return container_of(stack_switch(&ex->context, &next->context), struct exec,
                        context);
}

/* The loop's own: the head runs, and whom that one switches to. */
static inline void exec_ring_run(struct exec_ring *ring)
{
    struct exec *ex = exec_ring_pop(ring);
    atomic_store_explicit(&ring->running, ex, memory_order_relaxed);
    stack_switch(&ring->loop, &ex->context);
}

/*
 * Leaves the running task and goes on with the ring's head, or with the loop
 * when nobody is ready or it is the loop's turn. The caller has put `ex` where
 * somebody will find it again. Returns `ex`, as stack_switch() does.
 */
static inline struct exec *exec_ring_leave(struct exec_ring *ring,
                                           struct exec *ex)
{
    if (unlikely(!exec_ring_goes_on(ring))) {
        return exec_ring_to_loop(ring, ex);
    }
    struct exec *next = exec_ring_pop(ring);
    return next == ex ? ex : exec_ring_switch(ring, ex, next);
}

/* exec_ring_leave() of a task that waits for the kernel. */
static inline struct exec *exec_ring_park(struct exec_ring *ring,
                                          struct exec *ex)
{
    if (ring->ready >= EXEC_PREFETCH_WAITERS) {
        stack_prefetch(exec_ring_ahead(ring), EXEC_WAIT_LINES);
    }
    return exec_ring_leave(ring, ex);
}

/* Makes `ex` ready and leaves. The next one is taken first: a load after the
 * store would have to wait until it is known that it is of another slot. In the
 * caller in any case: a call would put the predictor of returns out of step. */
static inline __attribute__((always_inline)) struct exec *exec_ring_yield(
    struct exec_ring *ring, struct exec *ex)
{
    if (unlikely(!exec_ring_goes_on(ring))) {
        bool alone = ring->head != ring->limit;
        exec_ring_push(ring, ex);
        return alone ? exec_ring_pop(ring) : exec_ring_to_loop(ring, ex);
    }
    uint64_t tail = exec_ring_tail(ring);
    struct exec *next = exec_ring_advance(ring);
    ring->slots[tail & ring->mask] = ex;
    return exec_ring_switch(ring, ex, next);
}

/* Makes `next` ready and leaves. Where nobody else is ready, `next` would only
 * be stored to be loaded again. */
static inline struct exec *exec_ring_leave_to(struct exec_ring *ring,
                                              struct exec *ex,
                                              struct exec *next)
{
    if (unlikely(!exec_ring_is_empty(ring) || ring->head == ring->limit)) {
        exec_ring_push(ring, next);
        return exec_ring_leave(ring, ex);
    }
    ring->head++;
    return exec_ring_switch(ring, ex, next);
}

static inline void exec_ring_spare(struct exec_ring *ring, struct task *child)
{
    child->next_spare = ring->spare;
    ring->spare = child;
}

/* A child out of a spare one, ready; there is one. */
static inline struct task *exec_ring_spawn(struct exec_ring *ring,
                                           const struct exec *parent,
                                           exec_fn *fn, void *arg)
{
    struct task *child = ring->spare;
    ring->spare = child->next_spare;
    child->fn = fn;
    child->arg = arg;
    child->joiner = NULL;
    child->ex.index = parent->index;
    atomic_store_explicit(&child->ex.breaker, ring->breaker,
                          memory_order_relaxed);
    atomic_store_explicit(&child->ex.steps, 0, memory_order_relaxed);
    stack_context_renew(&child->ex.context);
    exec_ring_push(ring, &child->ex);
    return child;
}

/* Waits for the end of a child; it is spare when this returns. */
static inline void exec_ring_join(struct exec_ring *ring, struct exec *ex,
                                  struct task *child)
{
    if (child->joiner == EXEC_ENDED) {
        exec_ring_spare(ring, child);
    } else {
        child->joiner = ex;
        exec_ring_leave(ring, ex);
    }
}

/* Of the task that was the last to run. */
static inline bool exec_ring_has_ended(const struct exec_ring *ring,
                                       const struct task *task)
{
    return task->joiner == EXEC_ENDED || ring->spare == task;
}

/* The function of a task has returned: leaves it. Returns it when it has been
 * spawned again. */
static inline struct task *exec_ring_end(struct exec_ring *ring,
                                         struct task *task)
{
    struct exec *ex = &task->ex;
    struct exec *joiner = task->joiner;
    if (joiner) {
        exec_ring_spare(ring, task);
        ex = exec_ring_leave_to(ring, ex, joiner);
    } else {
        task->joiner = EXEC_ENDED;
        ex = exec_ring_leave(ring, ex);
    }
    return container_of(ex, struct task, ex);
}
