/* SPDX-License-Identifier: MIT */
/* ucontext of the C library: a switch that keeps the signal mask as well, at
 * the price of a system call. No scheduler. */
#include "peers/ring.h"

#include "harness/base/limits.h"
#include "harness/base/must.h"

#include <errno.h>
#include <ucontext.h>

PEER_INLINE struct ring_task *ucontext_swap(struct ring_task *from,
                                            struct ring_task *to)
{
    swapcontext(*ring_handle(from), *ring_handle(to));
    return from;
}

static struct ring ring;

#define YIELD(task) ucontext_swap(task, ring_next(&ring, task))
NESTED_CHAINS(struct ring_task *, YIELD)

/* The contexts are memory of their own: of home, tasks and children. */
static ucontext_t *next_context;

static void enter(struct ring_task *task, void (*fn)(unsigned, unsigned))
{
    ucontext_t *context = *ring_handle(task);
    uintptr_t address = (uintptr_t)task;
    must(getcontext(context) == 0);
    context->uc_stack.ss_sp = task->low;
    context->uc_stack.ss_size = task->size;
    makecontext(context, (void (*)(void))fn, 2, (unsigned)(address >> 32),
                (unsigned)address);
}

static struct ring_task *task_of(unsigned high, unsigned low)
{
    return (struct ring_task *)((uintptr_t)high << 32 | low);
}

static void child_main(unsigned high, unsigned low)
{
    ring_child_main(&ring, task_of(high, low), ucontext_swap);
}

static void enter_child(struct ring_task *child)
{
    enter(child, child_main);
}

static struct ring_task *fresh_child(struct ring *of)
{
    struct ring_task *child = ring_fresh_child(of);
    if (child) {
        *ring_handle(child) = next_context++;
    }
    return child;
}

static void spawner_main(unsigned high, unsigned low)
{
    ring_spawner_main(&ring, task_of(high, low), ucontext_swap, enter_child,
                      fresh_child);
}

static void task_main(unsigned high, unsigned low)
{
    ring_task_main(&ring, task_of(high, low), ucontext_swap, nested_chains);
}

static int give_contexts(struct peer_run *run, struct diag *diag)
{
    size_t n = run->work->tasks;
    size_t contexts = 1 + n + ring_children(run->work);
    next_context = peer_memory(run, contexts * sizeof(*next_context));
    if (!next_context) {
        return limits_no_memory(-EAGAIN, "the contexts", diag);
    }
    *ring_handle(&ring.home) = next_context++;
    for (size_t i = 0; i < n; i++) {
        *ring_handle(ring.tasks[i]) = next_context++;
    }
    return 0;
}

static int ucontext_run(struct peer_run *run, struct diag *diag,
                        void (*fn)(unsigned, unsigned))
{
    int rc = ring_init(&ring, run, diag);
    rc = rc < 0 ? rc : give_contexts(run, diag);
    for (size_t i = 0; rc == 0 && i < run->work->tasks; i++) {
        enter(ring.tasks[i], fn);
    }
    if (rc == 0 && peer_ready(run)) {
        ring_run(&ring, run->work->tasks, ucontext_swap);
    }
    return rc;
}

static int ucontext_switch(struct peer_run *run, struct diag *diag)
{
    return ucontext_run(run, diag, task_main);
}

static int ucontext_spawn(struct peer_run *run, struct diag *diag)
{
    return ucontext_run(run, diag, spawner_main);
}

const struct peer peer_ucontext = {
    .unit = {.name = "ucontext",
             .summary = "ucontext of the C library: a switch, no scheduler",
             .unavailable = peer_switches_unseen},
    .work =
        {[NATIVE_SWITCH] = ucontext_switch, [NATIVE_SPAWN] = ucontext_spawn},
};
