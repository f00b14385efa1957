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

/* Its first entry comes from home, which says who it is. */
static void boost_main(struct transfer transfer)
{
    struct ring_task *task = transfer.data;
    *ring_handle(&ring.home) = transfer.from;
    boost_swap(task, &ring.home);
    ring_task_main(&ring, task, boost_swap);
}

static void enter(struct ring_task *task)
{
    struct transfer transfer = jump_fcontext(*ring_handle(task), task);
    *ring_handle(task) = transfer.from;
}

static int boost_switch(struct peer_run *run, struct diag *diag)
{
    int rc = ring_init(&ring, run, diag);
    for (size_t i = 0; rc == 0 && i < run->work->tasks; i++) {
        size_t size;
        char *low = ring_stack(&ring, run, i, &size);
        void *context = make_fcontext(low + size, size, boost_main);
        *ring_handle(ring.tasks[i]) = context;
        enter(ring.tasks[i]);
    }
    if (rc == 0 && peer_ready(run)) {
        ring_run(&ring, run->work->tasks, boost_swap);
    }
    return rc;
}

static const char *boost_unavailable(void)
{
#ifdef STACK_SANITIZED
    return "a sanitizer is not told of its switches";
#else
    return NULL;
#endif
}

const struct peer peer_boost_context = {
    .unit = {.name = "boost_context",
             .summary = "Boost.Context: a switch and no scheduler",
             .unavailable = boost_unavailable},
    .work = {[NATIVE_SWITCH] = boost_switch},
};
