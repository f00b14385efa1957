/* SPDX-License-Identifier: MIT */
/*
 * A lock of one byte, small enough for every object to have its own; the idea
 * is CPython's PyMutex.
 *
 *   bit               set by                     cleared by
 *   OBJECT_LOCK_HELD  who takes it; at a         who gives it up
 *                     hand-over it stays set
 *   OBJECT_LOCK_PARKED  a thread about to park   who gives it up to the last
 *                                                one that waits
 *
 * OBJECT_LOCK_PARKED may be set while nobody waits yet, never the other way
 * round once a thread is in the parking lot. Taking it free and giving it up
 * with nobody parked is one compare-and-swap each. Where it is held, a thread
 * yields 40 times without looking at it, which disturbs the holder least, then
 * tries, and parks detached. Whoever gives it up wakes one, and anybody may
 * be quicker (barging); the woken one then parks again. But for a waiter of
 * more than 1 ms in all: to it the lock is handed over.
 *
 * The acquire of a take pairs with the release of the give before it; at a
 * hand-over with that of the waker in parking_lot.c.
 */
#pragma once

#include "harness/exec/exec.h"

enum {
    OBJECT_LOCK_HELD = 1,
    OBJECT_LOCK_PARKED = 2,
};

struct object_lock {
    _Atomic uint8_t bits;
};

/* `ex`: the calling task, detached while it waits; NULL: there is none. */
void object_lock_take_slow(struct object_lock *lock, struct exec *ex);
void object_lock_give_slow(struct object_lock *lock);

static inline void object_lock_take(struct object_lock *lock, struct exec *ex)
{
    uint8_t bits = 0;
    if (unlikely(!atomic_compare_exchange_strong_explicit(
            &lock->bits, &bits, OBJECT_LOCK_HELD, memory_order_acquire,
            memory_order_relaxed))) {
        object_lock_take_slow(lock, ex);
    }
}

static inline void object_lock_give(struct object_lock *lock)
{
    uint8_t bits = OBJECT_LOCK_HELD;
    if (unlikely(!atomic_compare_exchange_strong_explicit(
            &lock->bits, &bits, 0, memory_order_release,
            memory_order_relaxed))) {
        object_lock_give_slow(lock);
    }
}
