/* SPDX-License-Identifier: MIT */
/*
 * As optimistic.c, of Concurrency Kit: its sequence lock for readers, and for
 * writers its spinlock by fetch-and-store. A reader that meets a writer spins
 * until it has gone; after three vain looks it takes the writers' lock. What is
 * unlinked is freed by qsbr.h.
 */
#include "workloads/sharing/ck.h"
#include "workloads/sharing/strategy.h"

#include <ck_sequence.h>
#include <ck_spinlock.h>

enum { LOOKS = 3 };

/* No sequence that a reader begins with: those are even. */
enum { LOCKED = 1 };

struct sequence {
    ck_sequence_t sequence;
    ck_spinlock_fas_t lock;
};

SHIELD_IS(struct sequence);

ALWAYS_INLINE void read_begin(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)key;
    struct sequence *sequence = (struct sequence *)shield;
    if (unlikely(me->retries == LOOKS)) {
        ck_spinlock_fas_lock(&sequence->lock);
        me->token = LOCKED;
        return;
    }
    me->token = ck_sequence_read_begin(&sequence->sequence);
}

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    (void)key;
    struct sequence *sequence = (struct sequence *)shield;
    if (unlikely(me->token == LOCKED)) {
        ck_spinlock_fas_unlock(&sequence->lock);
        me->retries = 0;
        return true;
    }
    bool again =
        ck_sequence_read_retry(&sequence->sequence, (unsigned)me->token);
    me->retries = again ? me->retries + 1 : 0;
    return !again;
}

ALWAYS_INLINE void write_begin(struct sharing_task *me, struct shield *shield,
                               uint64_t key)
{
    (void)me;
    (void)key;
    struct sequence *sequence = (struct sequence *)shield;
    ck_spinlock_fas_lock(&sequence->lock);
    ck_sequence_write_begin(&sequence->sequence);
}

ALWAYS_INLINE void write_done(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)me;
    (void)key;
    struct sequence *sequence = (struct sequence *)shield;
    ck_sequence_write_end(&sequence->sequence);
    ck_spinlock_fas_unlock(&sequence->lock);
}

static const struct shield_ops ck_sequence_ops = {
    .races = true,
    .qsbr = true,
    .read = read_begin,
    .read_done = read_done,
    .write = write_begin,
    .write_done = write_done,
    .retire = sharing_box_retire,
};

SHIELD_LOOPS(ck_sequence, ck_sequence_ops)

static void ck_sequence_shield_init(struct shield *shield)
{
    struct sequence *sequence = (struct sequence *)shield;
    ck_sequence_init(&sequence->sequence);
    ck_spinlock_fas_init(&sequence->lock);
}

const struct sharing sharing_ck_sequence = {
    .unit = {.name = "ck_sequence",
             .summary = "as optimistic, over the sequence lock of Concurrency "
                        "Kit",
             .unavailable = ck_unavailable},
    .library = "Concurrency Kit",
    .counter = ck_sequence_counter,
    .map = ck_sequence_map,
    .vector = ck_sequence_vector,
    .shield_init = ck_sequence_shield_init,
};
