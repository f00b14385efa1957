/* SPDX-License-Identifier: MIT */
/* Taking turns by the object's lock: of all, or of writers whose readers need
 * none. */
#pragma once

#include "workloads/sharing/strategy.h"

#include "runtime/sync/object_lock.h"

SHIELD_IS(struct object_lock);

ALWAYS_INLINE void object_locked_begin(struct sharing_task *me,
                                       struct shield *shield, uint64_t key)
{
    (void)key;
    object_lock_take((struct object_lock *)shield, me->ex);
}

ALWAYS_INLINE void object_locked_done(struct sharing_task *me,
                                      struct shield *shield, uint64_t key)
{
    (void)me;
    (void)key;
    object_lock_give((struct object_lock *)shield);
}
