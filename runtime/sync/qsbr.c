/* SPDX-License-Identifier: MIT */
#include "runtime/sync/qsbr.h"

#include "harness/base/must.h"

#include <string.h>

void qsbr_init(struct qsbr *qsbr, size_t tasks)
{
    size_t size = tasks * sizeof(*qsbr->slots);
    qsbr->n = tasks;
    qsbr->slots = must_aligned_alloc(CACHELINE_PAIR, size);
    memset(qsbr->slots, 0, size);
    atomic_init(&qsbr->sequence, 1); /* odd, so never QSBR_OFFLINE */
}

void qsbr_deinit(struct qsbr *qsbr)
{
    free(qsbr->slots);
    qsbr->slots = NULL;
}

/* The least sequence that a task not offline has seen; with none, the last. */
static uint64_t least_seen(struct qsbr *qsbr)
{
    uint64_t least =
        atomic_load_explicit(&qsbr->sequence, memory_order_seq_cst);
    for (size_t i = 0; i < qsbr->n; i++) {
        uint64_t seen =
            atomic_load_explicit(&qsbr->slots[i].seen, memory_order_seq_cst);
        if (seen != QSBR_OFFLINE && seen < least) {
            least = seen;
        }
    }
    return least;
}

/* Ends the batch: what is in it was unlinked before the advance, so whoever
 * has seen the new sequence finds none of it. Its own task has not, so it is
 * the batches before that may go now. */
static void close_batch(struct qsbr *qsbr, struct qsbr_list *list)
{
    list->batch->goal = atomic_fetch_add_explicit(&qsbr->sequence, QSBR_STEP,
                                                  memory_order_seq_cst) +
                        QSBR_STEP;
    list->passed = least_seen(qsbr);
    list->batch = NULL;
    list->in_batch = 0;
    list->reclaimed = 0;
}

bool qsbr_retire(struct qsbr *qsbr, struct qsbr_list *list,
                 struct qsbr_retired *node)
{
    node->goal = list->batch ? QSBR_AS_BEFORE : QSBR_OPEN;
    node->next = NULL;
    if (list->head) {
        list->tail->next = node;
    } else {
        list->head = node;
    }
    list->tail = node;
    list->batch = list->batch ? list->batch : node;
    list->in_batch++;
    bool full = list->in_batch == QSBR_BATCH;
    if (full) {
        close_batch(qsbr, list);
    }
    return full;
}

static struct qsbr_retired *take_head(struct qsbr_list *list)
{
    struct qsbr_retired *node = list->head;
    list->head = node->next;
    return node;
}

struct qsbr_retired *qsbr_reclaim(struct qsbr_list *list)
{
    if (!list->head || list->head->goal > list->passed ||
        list->reclaimed == QSBR_RECLAIM) {
        return NULL;
    }
    list->reclaimed++;
    return take_head(list);
}

struct qsbr_retired *qsbr_reclaim_last(struct qsbr_list *list)
{
    list->batch = NULL;
    list->in_batch = 0;
    return list->head ? take_head(list) : NULL;
}
