/* SPDX-License-Identifier: MIT */
/*
 * A lock policy: who gets the interpreter lock next, and how one waits for
 * it. One `const struct lock_policy lock_policy_NAME` in runtime/locks/NAME.c.
 *
 * A policy is only the lock. Counting, the safepoint and the detached regions
 * around blocking calls are the same for all policies (runtime/models/gil.h).
 */
#pragma once

#include "harness/base/clock.h"
#include "harness/base/counter.h"
#include "harness/base/diag.h"
#include "harness/exec/exec.h"
#include "harness/exec/exec_model.h"
#include "harness/exec/trace.h"
#include "harness/exec/unit.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One per thread that uses the lock. Its memory stays a lock_waiter as long as
 * the lock lives (type-stable), so a drop request that comes too late for a
 * thread that has gone does no harm. Nothing allocates after init.
 */
struct lock_waiter {
    _Atomic uint32_t *breaker; /* where a drop request for this holder is set */
    counter waits;             /* acquisitions that had to wait */
    counter wait_ns;
    counter wait_start_ns;     /* 0: not waiting */
    counter vain;              /* wake-ups after which it had to wait on */
    uint64_t served_ns;        /* end of a wait since its last hold; 0: none */
    uint64_t waited_ns;        /* in that wait */
    _Atomic uint32_t *waiting; /* how many wait for this lock */
    struct trace_ring *ring;   /* NULL: no trace is taken */

    /* For policies with a queue of their own; see park.h. */
    struct lock_waiter *next;
    _Atomic uint32_t turn;

    /* A policy's notes on this thread, in its own terms; zero at first. */
    uint64_t since_ns;    /* when it became the holder */
    uint64_t used_ns;     /* of its slice, or in its last hold */
    uint64_t deadline_ns; /* when it should be the holder */
    int cpu;              /* where it last was */

    /* For policies whose lock is somebody else's (libpython). */
    void *thread_state;  /* what it knows the OS thread by; NULL: not yet */
    uint64_t until_poll; /* safepoints before the next one that enters it */
    uint64_t lost_ns;    /* when somebody else took the lock after it */
    bool taken_back;     /* set by `safepoint`, cleared by its caller: others
                            had the lock meanwhile, the wait is counted */
};

enum {
    LOCK_EXCLUDES = 1u << 0,   /* mutual exclusion: all but `null` */
    LOCK_FIFO = 1u << 1,       /* waiters are served in the order of arrival */
    LOCK_BOUNDED = 1u << 2,    /* a waiter is served although the holder never
                                  blocks, as long as it polls */
    LOCK_HANDS_OVER = 1u << 3, /* a waiter is served although others let the
                                  lock go and take it back at once */
};

struct lock_policy {
    struct unit unit;
    const char *source; /* the program or paper it follows */
    unsigned promises;
    bool hides_wakeups; /* vain ones stay within a library that waits */
    bool polls_every;   /* `safepoint` runs at every safepoint (EXEC_POLL) */
    size_t size;        /* of the lock itself; aligned to 128, zeroed */

    int (*init)(void *lock, const struct params *params, struct diag *diag);
    void (*deinit)(void *lock);
    /* Returns when `me` holds the lock. */
    void (*acquire)(void *lock, struct lock_waiter *me);
    /* Gives it up. Called by the holder: before a blocking call, to yield,
     * and at a safepoint that finds EXEC_DROP. Clears EXEC_DROP if it has
     * served the request. */
    void (*release)(void *lock, struct lock_waiter *me);
    /* At a safepoint that finds EXEC_DROP or EXEC_POLL: does the holder give
     * way now? NULL: it does if EXEC_DROP is set. A hook that has let the
     * lock go and taken it back itself says so in `taken_back`. */
    bool (*safepoint)(void *lock, struct lock_waiter *me);
    /* The last release of an OS thread, called by the holder when the thread
     * is about to end: frees what belongs to the thread. NULL: release. */
    void (*finish)(void *lock, struct lock_waiter *me);
    /* At which library's lock this is; valid until the process ends. NULL:
     * the lock is the policy's own. */
    const struct exec_library *(*library)(const void *lock);
    /* Is there no lock after all, with these parameters, whatever `promises`
     * says? Asked before a run; NULL: never. */
    bool (*is_absent)(const struct params *params);
    /* How a holder gives way at a safepoint, and is holder again on return;
     * NULL: release, then acquire. */
    void (*give_way)(void *lock, struct lock_waiter *me);
};

static inline bool lock_drop_requested(const struct lock_waiter *waiter)
{
    return (atomic_load_explicit(waiter->breaker, memory_order_relaxed) &
            EXEC_DROP) != 0;
}

static inline void lock_request_drop(struct lock_waiter *holder)
{
    atomic_fetch_or_explicit(holder->breaker, EXEC_DROP, memory_order_relaxed);
}

static inline void lock_clear_drop(struct lock_waiter *me)
{
    if (lock_drop_requested(me)) {
        atomic_fetch_and_explicit(me->breaker, ~(uint32_t)EXEC_DROP,
                                  memory_order_relaxed);
    }
}

/* lock_request_drop() by the waiter `me`; NULL: by who is none, as a timer's
 * thread is. */
static inline void lock_ask(const struct lock_waiter *me,
                            struct lock_waiter *holder)
{
    struct trace_ring *asked = holder->ring;
    struct trace_ring *ring = me ? me->ring : asked ? asked->common : NULL;
    lock_request_drop(holder);
    if (unlikely(ring != NULL)) {
        trace_note(ring, TRACE_ASKS, asked ? asked->index : TRACE_NOBODY);
    }
}

/* Two lines round what is counted together with an event. */
static inline void lock_trace_begin(const struct lock_waiter *me)
{
    if (unlikely(me->ring != NULL)) {
        trace_begin(me->ring);
    }
}

static inline void lock_trace_end(const struct lock_waiter *me,
                                  uint64_t time_ns, uint32_t what)
{
    if (unlikely(me->ring != NULL)) {
        trace_put(me->ring, time_ns, what, TRACE_NOBODY);
        trace_end(me->ring);
    }
}

/* For a wait that is noticed when it has begun already. */
static inline void lock_wait_begin_at(struct lock_waiter *me, uint64_t time_ns)
{
    lock_trace_begin(me);
    counter_set(&me->wait_start_ns, time_ns);
    atomic_fetch_add_explicit(me->waiting, 1, memory_order_relaxed);
    lock_trace_end(me, time_ns, TRACE_WAITS);
}

/* A policy brackets its slow path with these two: the wait is timed. */
static inline void lock_wait_begin(struct lock_waiter *me)
{
    lock_wait_begin_at(me, clock_now_ns());
}

/* At its end `me` has the lock, or is the only one who can take it. */
static inline void lock_wait_end(struct lock_waiter *me)
{
    uint64_t now = clock_now_ns();
    uint64_t waited = now - counter_get(&me->wait_start_ns);
    lock_trace_begin(me);
    counter_add(&me->waits, 1);
    counter_add(&me->wait_ns, waited);
    counter_set(&me->wait_start_ns, 0);
    me->served_ns = now;
    me->waited_ns = waited;
    lock_trace_end(me, now, TRACE_TAKES);
}

/* Between the two: it was woken, or its time was up, and it has to wait on. */
static inline void lock_woken_in_vain(struct lock_waiter *me)
{
    uint64_t now = unlikely(me->ring != NULL) ? clock_now_ns() : 0;
    lock_trace_begin(me);
    counter_add(&me->vain, 1);
    lock_trace_end(me, now, TRACE_IN_VAIN);
}
