/* SPDX-License-Identifier: MIT */
/*
 * Parking one waiter: a word of its own in the waiter's node, and a futex.
 *
 *   turn   0: no permit   1: permit
 *          set by lock_unpark (anybody), cleared by lock_park (the waiter)
 *
 * A permit given before the waiter parks is not lost. The release in
 * lock_unpark pairs with the acquire in lock_park.
 */
#pragma once

#include "runtime/locks/lock_policy.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline bool lock_take_permit(struct lock_waiter *me)
{
    return atomic_exchange_explicit(&me->turn, 0, memory_order_acquire) == 1;
}

/* Waits for a permit until `deadline_ns` (0: for ever). False: none came. */
static inline bool lock_park_until(struct lock_waiter *me, uint64_t deadline_ns)
{
    struct timespec deadline = timespec_of_ns(deadline_ns);
    while (!lock_take_permit(me)) {
        if (deadline_ns && clock_now_ns() >= deadline_ns) {
            return false;
        }
        syscall(SYS_futex, &me->turn, FUTEX_WAIT_BITSET_PRIVATE, 0,
                deadline_ns ? &deadline : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
    }
    return true;
}

static inline void lock_park(struct lock_waiter *me)
{
    lock_park_until(me, 0);
}

static inline void lock_unpark(struct lock_waiter *waiter)
{
    atomic_store_explicit(&waiter->turn, 1, memory_order_release);
    syscall(SYS_futex, &waiter->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* A FIFO of waiters, protected by the policy's own mutex. */
struct lock_queue {
    struct lock_waiter *head;
    struct lock_waiter *tail;
};

static inline void lock_queue_push(struct lock_queue *queue,
                                   struct lock_waiter *waiter)
{
    waiter->next = NULL;
    if (queue->head) {
        queue->tail->next = waiter;
    } else {
        queue->head = waiter;
    }
    queue->tail = waiter;
}

static inline struct lock_waiter *lock_queue_pop(struct lock_queue *queue)
{
    struct lock_waiter *waiter = queue->head;
    if (waiter) {
        queue->head = waiter->next;
    }
    return waiter;
}

/* Takes a waiter out from wherever it stands. */
static inline void lock_queue_remove(struct lock_queue *queue,
                                     struct lock_waiter *waiter)
{
    struct lock_waiter **link = &queue->head;
    struct lock_waiter *before = NULL;
    while (*link != waiter) {
        before = *link;
        link = &before->next;
    }
    *link = waiter->next;
    if (queue->tail == waiter) {
        queue->tail = before;
    }
}
