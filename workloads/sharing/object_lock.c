/* SPDX-License-Identifier: MIT */
/* A lock of one byte in every object (runtime/sync/object_lock.h), as
 * free-threaded CPython has it. */
#include "workloads/sharing/strategy.h"

#include "runtime/sync/object_lock.h"

SHIELD_IS(struct object_lock);

ALWAYS_INLINE void take(struct sharing_task *me, struct shield *shield,
                        uint64_t key)
{
    (void)key;
    object_lock_take((struct object_lock *)shield, me->ex);
}

ALWAYS_INLINE void give(struct sharing_task *me, struct shield *shield,
                        uint64_t key)
{
    (void)me;
    (void)key;
    object_lock_give((struct object_lock *)shield);
}

ALWAYS_INLINE bool give_read(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    give(me, shield, key);
    return true;
}

static const struct shield_ops object_lock_ops = {
    .read = take,
    .read_done = give_read,
    .write = take,
    .write_done = give,
};

SHIELD_LOOPS(object_lock, object_lock_ops)

const struct sharing sharing_object_lock = {
    .unit = {.name = "object_lock",
             .summary = "a lock of one byte in every object"},
    .counter = object_lock_counter,
    .map = object_lock_map,
    .vector = object_lock_vector,
};
