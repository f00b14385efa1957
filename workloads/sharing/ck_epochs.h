/* SPDX-License-Identifier: MIT */
/*
 * Memory that others may still be reading, by Concurrency Kit's epochs: a
 * reader says when it begins and when it ends, so nobody waits for its
 * safepoint. Each task has a record; what it retired is freed when it polls,
 * as seldom as quiescent states are looked at (qsbr.h).
 */
#pragma once

#include "workloads/sharing/ck.h"
#include "workloads/sharing/strategy.h"

#include "harness/base/must.h"

#include <ck_epoch.h>
#include <string.h>

_Static_assert(sizeof(ck_epoch_entry_t) <=
                   sizeof((struct sharing_box){0}.library),
               "a box has room for an entry");

struct epochs {
    ck_epoch_t epoch;
    ck_epoch_record_t records[];
};

/* In the task's `library`. */
enum { EPOCHS_RECORD, EPOCHS_UNPOLLED };

static inline ck_epoch_record_t *epochs_record(struct sharing_task *me)
{
    return me->library[EPOCHS_RECORD];
}

/* True: so many were retired since it was last true. */
static inline bool epochs_is_batch(struct sharing_task *me)
{
    uintptr_t n = (uintptr_t)me->library[EPOCHS_UNPOLLED] + 1;
    me->library[EPOCHS_UNPOLLED] = (void *)(n % QSBR_BATCH);
    return n == QSBR_BATCH;
}

ALWAYS_INLINE void epochs_read_begin(struct sharing_task *me)
{
    ck_epoch_begin(epochs_record(me), NULL);
}

ALWAYS_INLINE void epochs_read_end(struct sharing_task *me)
{
    ck_epoch_end(epochs_record(me), NULL);
}

/* By the task that retired the box, which it finds in the box. */
static inline void epochs_free_entry(ck_epoch_entry_t *entry)
{
    struct sharing_box *box =
        container_of((void **)entry, struct sharing_box, library[0]);
    struct sharing_task *me = (struct sharing_task *)box->retired.next;
    sharing_box_free(me, box);
}

static inline void epochs_retire(struct sharing_task *me,
                                 struct sharing_box *box)
{
    box->retired.next = (struct qsbr_retired *)me;
    ck_epoch_call(epochs_record(me), (ck_epoch_entry_t *)box->library,
                  epochs_free_entry);
    if (epochs_is_batch(me)) {
        ck_epoch_poll(epochs_record(me));
    }
}

static inline void epochs_task_begin(struct sharing_task *me)
{
    struct epochs *epochs = me->shared->library;
    me->library[EPOCHS_RECORD] = &epochs->records[me->number - 1];
    ck_epoch_register(&epochs->epoch, epochs_record(me), NULL);
}

static inline void epochs_task_settle(struct sharing_task *task)
{
    if (epochs_record(task)) {
        ck_epoch_reclaim(epochs_record(task));
    }
}

static inline void epochs_run_init(struct sharing_run *shared)
{
    size_t size =
        sizeof(struct epochs) + shared->tasks * sizeof(ck_epoch_record_t);
    size = (size + CACHELINE_PAIR - 1) / CACHELINE_PAIR * CACHELINE_PAIR;
    struct epochs *epochs = must_aligned_alloc(CACHELINE_PAIR, size);
    memset(epochs, 0, size);
    ck_epoch_init(&epochs->epoch);
    shared->library = epochs;
}

static inline void epochs_run_deinit(struct sharing_run *shared)
{
    free(shared->library);
}
