/* SPDX-License-Identifier: MIT */
/*
 * As rcu.c, with Concurrency Kit's epochs instead of quiescent states: a reader
 * says when it begins and when it ends, so nobody waits for its safepoint. Each
 * task has a record; what it retired is freed when it polls, after 32 more.
 */
#include "workloads/sharing/ck.h"
#include "workloads/sharing/strategy.h"

#include "harness/base/must.h"
#include "runtime/sync/object_lock.h"

#include <ck_epoch.h>
#include <string.h>

enum { POLL_BOXES = 32 };

SHIELD_IS(struct object_lock);
_Static_assert(sizeof(ck_epoch_entry_t) <=
                   sizeof((struct sharing_box){0}.library),
               "a box has room for an entry");

struct epochs {
    ck_epoch_t epoch;
    ck_epoch_record_t records[];
};

static inline ck_epoch_record_t *record_of(struct sharing_task *me)
{
    return me->library[0];
}

ALWAYS_INLINE void read_begin(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)shield;
    (void)key;
    ck_epoch_begin(record_of(me), NULL);
}

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    (void)shield;
    (void)key;
    ck_epoch_end(record_of(me), NULL);
    return true;
}

ALWAYS_INLINE void write_begin(struct sharing_task *me, struct shield *shield,
                               uint64_t key)
{
    (void)key;
    object_lock_take((struct object_lock *)shield, me->ex);
}

ALWAYS_INLINE void write_done(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)me;
    (void)key;
    object_lock_give((struct object_lock *)shield);
}

/* By the task that retired the box, which it finds in the box. */
static void free_entry(ck_epoch_entry_t *entry)
{
    struct sharing_box *box =
        container_of((void **)entry, struct sharing_box, library[0]);
    struct sharing_task *me = (struct sharing_task *)box->retired.next;
    sharing_box_free(me, box);
}

static void retire(struct sharing_task *me, struct sharing_box *box)
{
    box->retired.next = (struct qsbr_retired *)me;
    ck_epoch_call(record_of(me), (ck_epoch_entry_t *)box->library, free_entry);
    if (record_of(me)->n_pending >= POLL_BOXES) {
        ck_epoch_poll(record_of(me));
    }
}

static void begin(struct sharing_task *me)
{
    struct epochs *epochs = me->shared->library;
    me->library[0] = &epochs->records[me->number - 1];
    ck_epoch_register(&epochs->epoch, record_of(me), NULL);
}

static const struct shield_ops ck_epoch_ops = {
    .races = true,
    .copies = true,
    .read = read_begin,
    .read_done = read_done,
    .write = write_begin,
    .write_done = write_done,
    .retire = retire,
    .begin = begin,
};

SHIELD_CONTAINER_LOOPS(ck_epoch, ck_epoch_ops)

static void ck_epoch_run_init(struct sharing_run *shared)
{
    size_t size =
        sizeof(struct epochs) + shared->tasks * sizeof(ck_epoch_record_t);
    size = (size + CACHELINE_PAIR - 1) / CACHELINE_PAIR * CACHELINE_PAIR;
    struct epochs *epochs = aligned_alloc(CACHELINE_PAIR, size);
    must(epochs != NULL);
    memset(epochs, 0, size);
    ck_epoch_init(&epochs->epoch);
    shared->library = epochs;
}

static void ck_epoch_run_deinit(struct sharing_run *shared)
{
    free(shared->library);
}

const struct sharing sharing_ck_epoch = {
    .unit = {.name = "ck_epoch",
             .summary = "as rcu, over the epochs of Concurrency Kit",
             .unavailable = ck_unavailable},
    .library = "Concurrency Kit",
    .map = ck_epoch_map,
    .vector = ck_epoch_vector,
    .run_init = ck_epoch_run_init,
    .run_deinit = ck_epoch_run_deinit,
};
