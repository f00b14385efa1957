/* SPDX-License-Identifier: MIT */
/*
 * The short way of a job to a worker that spins for it, and back: one line of
 * memory, where a queue takes a mutex on both sides and a list of what is done
 * another line.
 *
 *   from     to       by
 *   CLOSED   OPEN     a worker, which has the hand from then on
 *   OPEN     a job    the loop, which gives it
 *   a job    OPEN     the worker, when the job is done
 *   a job    CLOSED   the same, and it has the hand no more
 *   OPEN     CLOSED   the worker, when it has waited enough
 *
 * From CLOSED several may leave, and from OPEN two, so they exchange; what a
 * job is in, only its worker writes. The release of giving pairs with the
 * acquire of taking: what is to be called is written before, and by the loop
 * alone, to which the word is the only sign that its job is done. That is
 * seq_cst, as executor.h has it for what is done.
 */
#pragma once

#include "harness/exec/exec.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define HAND_CLOSED NULL
#define HAND_OPEN   ((void *)1)

struct hand {
    _Atomic(void *) word;
    exec_fn *fn; /* of the job in it */
    void *arg;
} __attribute__((aligned(CACHELINE)));

static inline bool hand_exchange(struct hand *hand, void **from, void *to)
{
    return atomic_compare_exchange_strong_explicit(
        &hand->word, from, to, memory_order_acq_rel, memory_order_acquire);
}

/* The loop's, as the next: false: nobody waits for it. */
static inline bool hand_give(struct hand *hand, void *job, exec_fn *fn,
                             void *arg)
{
    void *from = HAND_OPEN;
    if (atomic_load_explicit(&hand->word, memory_order_acquire) != from) {
        return false;
    }
    hand->fn = fn;
    hand->arg = arg;
    return hand_exchange(hand, &from, job);
}

/* The job that was given is done. */
static inline bool hand_is_done(const struct hand *hand, const void *job)
{
    return atomic_load_explicit(&hand->word, memory_order_seq_cst) != job;
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
    atomic_store_explicit(&hand->word, HAND_OPEN, memory_order_seq_cst);
}

/* The job in it is done: wants no other, and has the hand no more. */
static inline void hand_close(struct hand *hand)
{
    atomic_store_explicit(&hand->word, HAND_CLOSED, memory_order_seq_cst);
}

/* While it is open. */
static inline bool hand_has_job(struct hand *hand)
{
    return atomic_load_explicit(&hand->word, memory_order_relaxed) != HAND_OPEN;
}

/* Waits no longer. False: no job has come, and the hand is closed. */
static inline bool hand_wait_ends(struct hand *hand)
{
    void *job = atomic_load_explicit(&hand->word, memory_order_acquire);
    return job != HAND_OPEN || !hand_exchange(hand, &job, HAND_CLOSED);
}
