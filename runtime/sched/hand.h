/* SPDX-License-Identifier: MIT */
/*
 * The short way of a job to a worker that spins for it: one word that goes
 * there and back, where a queue takes a mutex on both sides.
 *
 *   from     to       by
 *   CLOSED   OPEN     a worker, which has the hand from then on
 *   OPEN     a job    the loop, which gives it
 *   a job    OPEN     the worker, when the job is done
 *   a job    CLOSED   the worker, which has the hand no more
 *   OPEN     CLOSED   the same, when it has waited enough
 *
 * From CLOSED several may leave, and from OPEN two, so they exchange; what a
 * job is in, only its worker writes. The release of giving pairs with the
 * acquire of taking: the job is written before.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define HAND_CLOSED NULL
#define HAND_OPEN   ((void *)1)

struct hand {
    _Atomic(void *) word;
};

static inline bool hand_exchange(struct hand *hand, void **from, void *to)
{
    return atomic_compare_exchange_strong_explicit(
        &hand->word, from, to, memory_order_acq_rel, memory_order_acquire);
}

/* The loop's: false: nobody waits for it. */
static inline bool hand_give(struct hand *hand, void *job)
{
    void *from = HAND_OPEN;
    return atomic_load_explicit(&hand->word, memory_order_relaxed) == from &&
           hand_exchange(hand, &from, job);
}

/* A worker's that has it not: takes and opens it. False: another one has it. */
static inline bool hand_take(struct hand *hand)
{
    void *from = HAND_CLOSED;
    return hand_exchange(hand, &from, HAND_OPEN);
}

/* The rest is its worker's. The job in it is done: wants another. */
static inline void hand_open(struct hand *hand)
{
    atomic_store_explicit(&hand->word, HAND_OPEN, memory_order_release);
}

/* The job in it is done: wants no other, and has the hand no more. */
static inline void hand_close(struct hand *hand)
{
    atomic_store_explicit(&hand->word, HAND_CLOSED, memory_order_release);
}

/* While it is open. */
static inline bool hand_has_job(struct hand *hand)
{
    return atomic_load_explicit(&hand->word, memory_order_relaxed) != HAND_OPEN;
}

/* Waits no longer: the job that came, or NULL, and the hand is closed. */
static inline void *hand_wait_ends(struct hand *hand)
{
    void *job = atomic_load_explicit(&hand->word, memory_order_acquire);
    if (job == HAND_OPEN && hand_exchange(hand, &job, HAND_CLOSED)) {
        return NULL;
    }
    return job;
}
