/* SPDX-License-Identifier: MIT */
/*
 * Boost.Context's fcontext: the fastest switch that people have as a package.
 * Its functions are plain C ones (boost/context/detail/fcontext.hpp declares
 * them for C++). They keep mxcsr and the x87 control word, as the ABI says.
 */
#include "peers/ring.h"

struct transfer {
    void *from; /* the context that was left */
    void *data;
};

struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *top, size_t size, void (*fn)(struct transfer));

/* Whoever is resumed is told by whom, and keeps that one's context for it. */
PEER_INLINE struct ring_task *boost_swap(struct ring_task *from,
                                         struct ring_task *to)
{
    struct transfer transfer = jump_fcontext(*ring_handle(to), from);
    *ring_handle(transfer.data) = transfer.from;
    return from;
}

static struct ring ring;

#define YIELD(task) boost_swap(task, ring_next(&ring, task))
NESTED_CHAINS(struct ring_task *, YIELD)

/* The first entry is told by whom, and finds here whom it is. */
static struct ring_task *entered;

PEER_INLINE struct ring_task *arrive(struct transfer transfer)
{
    *ring_handle(transfer.data) = transfer.from;
    return entered;
}

PEER_INLINE void boost_enter(struct ring_task *task,
                             void (*fn)(struct transfer))
{
    *ring_handle(task) = make_fcontext(task->low + task->size, task->size, fn);
    entered = task;
}

static void child_main(struct transfer transfer)
{
    ring_child_main(&ring, arrive(transfer), boost_swap);
}

static void enter_child(struct ring_task *child)
{
    boost_enter(child, child_main);
}

static void spawner_main(struct transfer transfer)
{
    struct ring_task *task = boost_swap(arrive(transfer), &ring.home);
    ring_spawner_main(&ring, task, boost_swap, enter_child, ring_fresh_child);
}

static void task_main(struct transfer transfer)
{
    struct ring_task *task = boost_swap(arrive(transfer), &ring.home);
    ring_task_main(&ring, task, boost_swap, nested_chains);
}

/* Each goes as far as to know whom it is. */
static int boost_run(struct peer_run *run, struct diag *diag,
                     void (*fn)(struct transfer))
{
    int rc = ring_init(&ring, run, diag);
    for (size_t i = 0; rc == 0 && i < run->work->tasks; i++) {
        boost_enter(ring.tasks[i], fn);
        boost_swap(&ring.home, ring.tasks[i]);
    }
    if (rc == 0 && peer_ready(run)) {
        ring_run(&ring, run->work->tasks, boost_swap);
    }
    return rc;
}

static int boost_switch(struct peer_run *run, struct diag *diag)
{
    return boost_run(run, diag, task_main);
}

static int boost_spawn(struct peer_run *run, struct diag *diag)
{
    return boost_run(run, diag, spawner_main);
}

const struct peer peer_boost_context = {
    .unit = {.name = "boost_context",
             .summary = "Boost.Context: a switch and no scheduler",
             .unavailable = peer_switches_unseen},
    .work = {[NATIVE_SWITCH] = boost_switch, [NATIVE_SPAWN] = boost_spawn},
};
