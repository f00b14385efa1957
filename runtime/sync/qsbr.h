/* SPDX-License-Identifier: MIT */
/*
 * Quiescent-state-based reclamation: memory that others may still be reading
 * is freed when each of them has said that it holds no reference any more.
 * They say so at a safepoint. After CPython's qsbr.c, which is after FreeBSD's
 * GUS.
 *
 *   word        written by                     read by
 *   sequence    who retires, +2 a batch        everybody
 *   slot.seen   its task only: the sequence    who fills a batch, to find the
 *               at its last safepoint; 0 while least
 *               it holds no reference (offline)
 *
 * What is retired is gathered in batches, because tasks that share nothing else
 * share these words: an advance and a look at all slots cost each task a cache
 * line from another PU. The price is memory: up to two batches a task wait even
 * if everybody passes safepoints. Decision 0026 has the figures.
 *
 * Freeing is bounded as well, by twice what was retired: while a task frees
 * what has piled up because another one was off its PU, it passes no safepoint,
 * and would make all others pile up memory in turn.
 *
 * A batch gets its goal when it is full, from the advance: a task whose `seen`
 * has reached the goal read the sequence after all of the batch was unlinked,
 * and finds none of it. The release of the advance pairs with the acquire of
 * qsbr_quiescent(). A reference taken before is dropped at the latest at its
 * task's next safepoint; the release of qsbr_quiescent() pairs with the acquire
 * of the look at the slots: all its reads are over.
 *
 * A task that gives way at a safepoint or yields goes offline: else it would
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
#define QSBR_BATCH     2048
#define QSBR_RECLAIM   4096 /* the most to be freed when a batch is full */
#define QSBR_AS_BEFORE UINT64_C(0) /* the goal of the first of its batch */
#define QSBR_OPEN      UINT64_MAX  /* the batch is not full */

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
    struct qsbr_retired *batch; /* the first of the open one, or NULL */
    unsigned in_batch;
    unsigned reclaimed; /* since the last batch was full */
    uint64_t passed;    /* a goal that all have reached */
};

void qsbr_init(struct qsbr *qsbr, size_t tasks);
void qsbr_deinit(struct qsbr *qsbr);

/* The task `slot` holds no reference at this moment. Nothing is written where
 * nothing was advanced: others may have the line to look at. */
static inline void qsbr_quiescent(struct qsbr *qsbr, size_t slot)
{
    uint64_t now = atomic_load_explicit(&qsbr->sequence, memory_order_acquire);
    _Atomic uint64_t *seen = &qsbr->slots[slot].seen;
    if (unlikely(atomic_load_explicit(seen, memory_order_relaxed) != now)) {
        atomic_store_explicit(seen, now, memory_order_release);
    }
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

/* Puts what has been unlinked on the list. True: a batch is full, and it is
 * time to reclaim. */
bool qsbr_retire(struct qsbr *qsbr, struct qsbr_list *list,
                 struct qsbr_retired *node);

/* Takes what may be freed off the list, or NULL; as all stood when the last
 * batch was full, and no more than QSBR_RECLAIM since. */
struct qsbr_retired *qsbr_reclaim(struct qsbr_list *list);

/* The same when all tasks have ended. */
struct qsbr_retired *qsbr_reclaim_last(struct qsbr_list *list);
