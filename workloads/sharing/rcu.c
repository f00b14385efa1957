/* SPDX-License-Identifier: MIT */
/*
 * Read, copy, update: readers just read. A writer, alone under the object's
 * lock, puts a new box in the place of the old one, which goes when every task
 * has passed a safepoint (runtime/sync/qsbr.h).
 */
#include "workloads/sharing/object_locked.h"

ALWAYS_INLINE void read_begin(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)me;
    (void)shield;
    (void)key;
}

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    read_begin(me, shield, key);
    return true;
}

static const struct shield_ops rcu_ops = {
    .races = true,
    .copies = true,
    .qsbr = true,
    .read = read_begin,
    .read_done = read_done,
    .write = object_locked_begin,
    .write_done = object_locked_done,
    .retire = sharing_box_retire,
};

SHIELD_CONTAINER_LOOPS(rcu, rcu_ops)

const struct sharing sharing_rcu = {
    .unit = {.name = "rcu",
             .summary = "readers just read, writers put copies in place"},
    .map = rcu_map,
    .vector = rcu_vector,
};
