/* SPDX-License-Identifier: MIT */
/*
 * Readers take a reference to the value that they find, without a lock: they
 * add one to its count unless that is 0, and look whether it is still in its
 * place. Who found nothing to hold three times takes the writers' lock, as who
 * goes through the whole container does at once. Writers, under the lock, put a
 * new box in the place of the old one and drop the container's reference; who
 * drops the last one frees the box. So a reader may keep what it got for as
 * long as it likes, which optimistic.c and rcu.c do not give it.
 *
 *   references   written by                         0 means
 *   of a box     who gets and who drops the value   dead, and free or soon so
 *
 * A count may be looked at after its box was freed, and used again for another
 * one, because boxes stay boxes until the run's end (pool.h): then it is not in
 * its place, and the reference is given back. The chains of the map are in the
 * boxes, so there the dead ones wait for quiescent states (qsbr.h) as well.
 *
 * The acquire of a hold pairs with the release that made the count 1; the
 * release of a drop with the acquire of the last one. After CPython 3.13, where
 * who made the object counts without a locked instruction.
 */
#include "workloads/sharing/object_locked.h"

enum { LOOKS = 3 };

/* In the task's token. */
enum way {
    WAY_FREE,
    WAY_LOCKED,
    WAY_MISSED, /* there was nothing to hold */
};

ALWAYS_INLINE void read_begin(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    me->token = WAY_FREE;
    if (unlikely(me->retries == LOOKS || key == SHIELD_WHOLE)) {
        object_lock_take((struct object_lock *)shield, me->ex);
        me->token = WAY_LOCKED;
    }
}

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    (void)key;
    if (unlikely(me->token == WAY_MISSED)) {
        me->retries++;
        return false;
    }
    if (unlikely(me->token == WAY_LOCKED)) {
        object_lock_give((struct object_lock *)shield);
    }
    me->retries = 0;
    return true;
}

ALWAYS_INLINE bool is_last(struct sharing_box *box)
{
    return __atomic_fetch_sub(&box->references, 1, __ATOMIC_ACQ_REL) == 1;
}

/* False: it is dead. */
ALWAYS_INLINE bool take_unless_dead(struct sharing_box *box)
{
    uint64_t n = __atomic_load_n(&box->references, __ATOMIC_RELAXED);
    while (n != 0 &&
           !__atomic_compare_exchange_n(&box->references, &n, n + 1, true,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    }
    return n != 0;
}

ALWAYS_INLINE bool hold(struct sharing_task *me,
                        struct sharing_box *const *link,
                        struct sharing_box *box,
                        void (*retire)(struct sharing_task *me,
                                       struct sharing_box *box))
{
    if (me->token == WAY_LOCKED) {
        return true;
    }
    bool held = take_unless_dead(box);
    if (unlikely(held && __atomic_load_n(link, __ATOMIC_ACQUIRE) != box)) {
        retire(me, box);
        held = false;
    }
    me->token = held ? WAY_FREE : WAY_MISSED;
    return held;
}

/* Drops a reference to what is in a vector: nobody gets there but by a slot. */
ALWAYS_INLINE void give_back(struct sharing_task *me, struct sharing_box *box)
{
    if (is_last(box)) {
        sharing_box_free(me, box);
    }
}

/* ... in a map: others may be going over it to the next one in the chain. */
ALWAYS_INLINE void give_back_later(struct sharing_task *me,
                                   struct sharing_box *box)
{
    if (is_last(box)) {
        sharing_box_retire(me, box);
    }
}

ALWAYS_INLINE bool hold_of_vector(struct sharing_task *me,
                                  struct sharing_box *const *link,
                                  struct sharing_box *box)
{
    return hold(me, link, box, give_back);
}

ALWAYS_INLINE void drop_of_vector(struct sharing_task *me,
                                  struct sharing_box *box)
{
    if (me->token != WAY_LOCKED) {
        give_back(me, box);
    }
}

ALWAYS_INLINE bool hold_of_map(struct sharing_task *me,
                               struct sharing_box *const *link,
                               struct sharing_box *box)
{
    return hold(me, link, box, give_back_later);
}

ALWAYS_INLINE void drop_of_map(struct sharing_task *me, struct sharing_box *box)
{
    if (me->token != WAY_LOCKED) {
        give_back_later(me, box);
    }
}

static const struct shield_ops vector_ops = {
    .races = true,
    .copies = true,
    .read = read_begin,
    .read_done = read_done,
    .write = object_locked_begin,
    .write_done = object_locked_done,
    .hold = hold_of_vector,
    .drop = drop_of_vector,
    .retire = give_back,
};

static const struct shield_ops map_ops = {
    .races = true,
    .copies = true,
    .qsbr = true,
    .read = read_begin,
    .read_done = read_done,
    .write = object_locked_begin,
    .write_done = object_locked_done,
    .hold = hold_of_map,
    .drop = drop_of_map,
    .retire = give_back_later,
};

static void incref_vector(struct exec *ex, struct workload_run *run)
{
    shield_loop(&vector_ops, ex, run, vector_step);
}

static void incref_map(struct exec *ex, struct workload_run *run)
{
    shield_loop(&map_ops, ex, run, map_step);
}

const struct sharing sharing_incref = {
    .unit = {.name = "incref",
             .summary = "readers take a reference to what they find, unless it "
                        "is dead"},
    .map = incref_map,
    .vector = incref_vector,
};
