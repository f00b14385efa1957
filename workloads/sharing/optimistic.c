/* SPDX-License-Identifier: MIT */
/*
 * Readers look without a lock and look again if a writer was there meanwhile:
 * a sequence lock. After the third vain look, or at once if a writer is at
 * work, they take the writers' lock, as CPython's containers do.
 *
 *   sequence   odd: a writer is at work. Written under the lock; readers see
 *              it stale, and then what they read has changed under them
 *
 * A writer's stores to the object are releases, so none goes before the odd
 * sequence; a reader's loads are acquires, so none goes after its second look
 * at it. What is unlinked is freed by qsbr.h: a reader may be there still.
 */
#include "workloads/sharing/strategy.h"

#include "runtime/sync/object_lock.h"

enum { LOOKS = 3 };

struct seqlock {
    struct object_lock lock;
    _Atomic uint64_t sequence;
};

SHIELD_IS(struct seqlock);

ALWAYS_INLINE void read_begin(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)key;
    struct seqlock *seqlock = (struct seqlock *)shield;
    me->token = atomic_load_explicit(&seqlock->sequence, memory_order_acquire);
    if (unlikely(me->retries == LOOKS || me->token % 2 == 1)) {
        object_lock_take(&seqlock->lock, me->ex);
        me->token = 1;
    }
}

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    (void)key;
    struct seqlock *seqlock = (struct seqlock *)shield;
    if (unlikely(me->token == 1)) {
        object_lock_give(&seqlock->lock);
        me->retries = 0;
        return true;
    }
    if (likely(atomic_load_explicit(&seqlock->sequence, memory_order_relaxed) ==
               me->token)) {
        me->retries = 0;
        return true;
    }
    me->retries++;
    return false;
}

ALWAYS_INLINE void write_begin(struct sharing_task *me, struct shield *shield,
                               uint64_t key)
{
    (void)key;
    struct seqlock *seqlock = (struct seqlock *)shield;
    object_lock_take(&seqlock->lock, me->ex);
    uint64_t sequence =
        atomic_load_explicit(&seqlock->sequence, memory_order_relaxed);
    atomic_store_explicit(&seqlock->sequence, sequence + 1,
                          memory_order_relaxed);
}

ALWAYS_INLINE void write_done(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)me;
    (void)key;
    struct seqlock *seqlock = (struct seqlock *)shield;
    uint64_t sequence =
        atomic_load_explicit(&seqlock->sequence, memory_order_relaxed);
    atomic_store_explicit(&seqlock->sequence, sequence + 1,
                          memory_order_release);
    object_lock_give(&seqlock->lock);
}

static const struct shield_ops optimistic_ops = {
    .races = true,
    .qsbr = true,
    .read = read_begin,
    .read_done = read_done,
    .write = write_begin,
    .write_done = write_done,
    .retire = sharing_box_retire,
};

SHIELD_LOOPS(optimistic, optimistic_ops)

const struct sharing sharing_optimistic = {
    .unit = {.name = "optimistic",
             .summary = "readers look again if a writer was there; a lock for "
                        "writers"},
    .counter = optimistic_counter,
    .map = optimistic_map,
    .vector = optimistic_vector,
};
