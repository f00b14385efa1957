/* SPDX-License-Identifier: MIT */
/*
 * The operations of biased.c and immortal.c: a reference count that the maker
 * of an object changes without locked instructions (runtime/sync/refcount.h).
 * Objects that others dropped for their owner are merged by the owner at the
 * safepoint it is called to.
 */
#pragma once

#include "workloads/sharing/strategy.h"

static inline void biased_noted(struct sharing_task *me)
{
    struct refcount *count;
    bool dead;
    while ((count = biased_merge_next(me->owner, &dead)) != NULL) {
        if (dead) {
            counted_free(me, (struct counted *)count);
        }
    }
}

static const struct shield_ops biased_ops = {.noted = biased_noted};

ALWAYS_INLINE void take_biased(struct sharing_task *me, struct counted *object)
{
    biased_take(&object->count, me->number);
    atomic_signal_fence(memory_order_seq_cst);
}

ALWAYS_INLINE bool drop_biased(struct sharing_task *me, struct counted *object)
{
    bool dead;
    return biased_drop_own(&object->count, me->number, &dead)
               ? dead
               : biased_drop_shared(&object->count, me->shared->owners);
}

static const struct counted_ops biased_counts = {
    .take = take_biased,
    .drop = drop_biased,
    .drop_slot = drop_biased,
    .free = counted_free,
};
