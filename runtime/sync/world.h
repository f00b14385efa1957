/* SPDX-License-Identifier: MIT */
/*
 * Stopping the world, as a collector needs it: every thread that runs tasks
 * stands still at a safepoint, or stays out of the way in a blocking call,
 * until the collector is done. After CPython 3.13's stop-the-world.
 *
 *   state           set by
 *   WORLD_DETACHED  its thread, before a call that blocks; the collector,
 *                   when the world goes on
 *   WORLD_ATTACHED  its thread, when it comes back
 *   WORLD_STOPPED   the collector, if it was detached; its thread, at a
 *                   safepoint that finds EXEC_PAUSE, or when it detaches
 *                   while the collector waits for it
 *
 * The collector sets `stopping`, then looks at every state: who is detached is
 * stopped, who is attached is asked (EXEC_PAUSE in its breaker word) and
 * waited for. Who detaches changes its state, then looks at `stopping`: of the
 * two orders one at least is seen by the other. Who comes back finds itself
 * stopped and waits. All but the two exchanges at a detached call, and their
 * looks at `stopping`, happens under the world's mutex.
 *
 * A thread that waits for an interpreter lock is detached; one that holds it
 * may stand still with it. Where nobody is to stop the world there is none,
 * and a detached call costs one test more.
 */
#pragma once

#include "harness/exec/exec.h"
#include "harness/exec/params.h"

#include <pthread.h>

enum world_state {
    WORLD_DETACHED,
    WORLD_ATTACHED,
    WORLD_STOPPED,
};

/* A thread that runs tasks. */
struct world_member {
    struct world_member *next; /* under the world's mutex, as `previous` */
    struct world_member *previous;
    _Atomic uint32_t state;
    struct exec *task; /* is asked; NULL: the thread looks itself */
};

struct world {
    pthread_mutex_t mutex;
    pthread_cond_t stopped; /* nobody is waited for any more */
    pthread_cond_t resumed;
    pthread_cond_t ended;
    struct world_member *members;
    size_t awaited; /* asked, and not stopped yet */
    _Atomic bool stopping;
    bool over;
    bool started;
    pthread_t collector;
    uint64_t period_ns;
    uint64_t hold_ns;
    const _Atomic uint32_t *phase;
    void (*visit)(void *arg); /* called while all stand still; optional */
    void *visit_arg;
    struct hist *to_stop; /* from the request until all stood still, and ... */
    struct hist *pause;   /* ... until they went on; those of EXEC_MEASURE */
};

#define WORLD_PARAMS                                                           \
    {.name = "stop_world_ms",                                                  \
     .help = "from one stop of all tasks, as a collector needs it, to the "    \
             "next; 0: never",                                                 \
     .unit = "ms",                                                             \
     .def = 0,                                                                 \
     .min = 0,                                                                 \
     .max = 60000},                                                            \
    {                                                                          \
        .name = "stop_world_hold_us",                                          \
        .help = "how long the collector works while they stand still",         \
        .unit = "us", .def = 0, .min = 0, .max = 10000000                      \
    }

/* NULL if the parameters ask for none. */
struct world *world_new(const struct params *params,
                        const _Atomic uint32_t *phase);
void world_free(struct world *world);

/* The collector's thread; it begins after its first period. */
void world_start(struct world *world);
void world_end(struct world *world);

/* A thread joins before its first task and leaves after its last one, detached
 * both times. */
void world_join(struct world *world, struct world_member *me,
                struct exec *task);
void world_leave(struct world *world, struct world_member *me);

void world_attach_slow(struct world *world, struct world_member *me);
void world_detach_slow(struct world *world, struct world_member *me);

/* At a safepoint of the member: stands still if it is to. */
void world_safepoint(struct world *world, struct world_member *me,
                     struct exec *ex);
/* The same for a thread that looks at every safepoint. */
void world_poll(struct world *world, struct world_member *me);

static inline void world_attach(struct world *world, struct world_member *me)
{
    uint32_t detached = WORLD_DETACHED;
    if (unlikely(!atomic_compare_exchange_strong_explicit(
            &me->state, &detached, WORLD_ATTACHED, memory_order_seq_cst,
            memory_order_relaxed))) {
        world_attach_slow(world, me);
    }
}

static inline void world_detach(struct world *world, struct world_member *me)
{
    atomic_exchange_explicit(&me->state, WORLD_DETACHED, memory_order_seq_cst);
    if (unlikely(
            atomic_load_explicit(&world->stopping, memory_order_seq_cst))) {
        world_detach_slow(world, me);
    }
}
