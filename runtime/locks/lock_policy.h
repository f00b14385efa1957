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
#include "harness/base/diag.h"
#include "harness/exec/unit.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One per thread that uses the lock; belongs to the thread and outlives its
 * last call. Nothing allocates after init.
 */
struct lock_waiter {
    _Atomic uint32_t *breaker; /* where a drop request for this holder is set */
    uint64_t waits;            /* acquisitions that had to wait */
    uint64_t wait_ns;
    uint64_t forced;           /* releases that a drop request brought about */
    uint64_t wait_start_ns;
};

enum {
    LOCK_FIFO = 1u << 0,    /* waiters are served in the order of arrival */
    LOCK_BOUNDED = 1u << 1, /* a waiter is served while the holder polls */
    LOCK_EXCLUDES = 1u << 2, /* mutual exclusion: all but `null` */
};

struct lock_policy {
    struct unit unit;
    const char *source;  /* the program or paper it follows */
    unsigned promises;
    bool polls_every;    /* acts at every safepoint (EXEC_POLL is set) */
    size_t size;         /* of the lock itself; aligned to 128, zeroed */

    int (*init)(void *lock, const struct params *params, struct diag *diag);
    void (*deinit)(void *lock);
    /* Returns when `me` holds the lock. */
    void (*acquire)(void *lock, struct lock_waiter *me);
    /* Gives it up; called by the holder, also before a blocking call. */
    void (*release)(void *lock, struct lock_waiter *me);
    /* At a safepoint with EXEC_DROP or EXEC_POLL set: gives way if the policy
     * asks for it. On return `me` holds the lock. NULL: nothing to do. */
    void (*safepoint)(void *lock, struct lock_waiter *me);
    /* A voluntary yield: lets others have the lock, returns holding it. */
    void (*yield)(void *lock, struct lock_waiter *me);
};

/* A policy brackets its slow path with these two: the wait is timed. */
static inline void lock_wait_begin(struct lock_waiter *me)
{
    me->wait_start_ns = clock_now_ns();
}

static inline void lock_wait_end(struct lock_waiter *me)
{
    me->waits++;
    me->wait_ns += clock_now_ns() - me->wait_start_ns;
}
