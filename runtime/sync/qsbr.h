/* SPDX-License-Identifier: MIT */
/*
 * Quiescent-state-based reclamation: memory that others may still be reading
 * is freed when each of them has said that it holds no reference any more.
 * They say so at a safepoint. After CPython 3.13's qsbr.c, which is after
 * FreeBSD's GUS.
 *
 *   word        written by                     read by
 *   sequence    who retires, +2 every tenth    everybody
 *               time
 *   slot.seen   its task only: the sequence    who retires, to find the least
 *               at its last safepoint; 0 while
 *               it holds no reference (offline)
 *
 * A reference taken before an object was unlinked is dropped at the latest at
 * its task's next safepoint. An object retired at sequence s has the goal
 * s + 2: a task whose `seen` has reached it read the sequence after the
 * unlinking, and finds the object no more. The release of qsbr_quiescent()
 * pairs with the acquire of qsbr_passed(): all its reads are over.
 *
 * A task that gives way goes offline, as one that blocks does: else it would
 * keep memory from being freed as long as it waits for its turn.
 */
#pragma once

#include "harness/base/cacheline.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QSBR_OFFLINE   UINT64_C(0)
#define QSBR_STEP      UINT64_C(2)
#define QSBR_DEFERRALS 10 /* retirements from one advance to the next */

struct qsbr_slot {
    _Atomic uint64_t seen;
} __attribute__((aligned(CACHELINE_PAIR)));

struct qsbr {
    _Atomic uint64_t sequence __attribute__((aligned(CACHELINE_PAIR)));
    size_t n;
    struct qsbr_slot *slots; /* one a task; all offline at first */
};

/* What waits to be freed, oldest first; of one task, nobody else sees it. */
struct qsbr_retired {
    struct qsbr_retired *next;
    uint64_t goal;
};

struct qsbr_list {
    struct qsbr_retired *head;
    struct qsbr_retired *tail;
    size_t n;
    unsigned until_advance;
    uint64_t passed; /* a goal that all have reached */
};

void qsbr_init(struct qsbr *qsbr, size_t tasks);
void qsbr_deinit(struct qsbr *qsbr);

/* The task `slot` holds no reference at this moment. */
static inline void qsbr_quiescent(struct qsbr *qsbr, size_t slot)
{
    uint64_t now = atomic_load_explicit(&qsbr->sequence, memory_order_acquire);
    atomic_store_explicit(&qsbr->slots[slot].seen, now, memory_order_release);
}

/* It holds none, and takes none until qsbr_online(). */
static inline void qsbr_offline(struct qsbr *qsbr, size_t slot)
{
    atomic_store_explicit(&qsbr->slots[slot].seen, QSBR_OFFLINE,
                          memory_order_release);
}

/* An exchange, because the reads to come must not go before it. */
static inline void qsbr_online(struct qsbr *qsbr, size_t slot)
{
    uint64_t now = atomic_load_explicit(&qsbr->sequence, memory_order_acquire);
    atomic_exchange_explicit(&qsbr->slots[slot].seen, now,
                             memory_order_seq_cst);
}

/* Puts what has been unlinked on the list. */
void qsbr_retire(struct qsbr *qsbr, struct qsbr_list *list,
                 struct qsbr_retired *node);

/* Takes what may be freed off the list, or NULL. */
struct qsbr_retired *qsbr_reclaim(struct qsbr *qsbr, struct qsbr_list *list);

/* The same when all tasks have ended. */
struct qsbr_retired *qsbr_reclaim_last(struct qsbr_list *list);
