/* SPDX-License-Identifier: MIT */
/* A lock of one byte in every object (runtime/sync/object_lock.h), as
 * free-threaded CPython has it. */
#include "workloads/sharing/object_locked.h"

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    object_locked_done(me, shield, key);
    return true;
}

static const struct shield_ops object_lock_ops = {
    .read = object_locked_begin,
    .read_done = read_done,
    .write = object_locked_begin,
    .write_done = object_locked_done,
};

SHIELD_LOOPS(object_lock, object_lock_ops)

const struct sharing sharing_object_lock = {
    .unit = {.name = "object_lock",
             .summary = "a lock of one byte in every object"},
    .counter = object_lock_counter,
    .map = object_lock_map,
    .vector = object_lock_vector,
};
