/* SPDX-License-Identifier: MIT */
/*
 * References on a task's stack are not counted; those of slots are, with locked
 * instructions. An object without a counted reference is freed when every task
 * has passed a safepoint, because a reference on a stack never lives across
 * one (runtime/sync/qsbr.h). CPython 3.14 does the first half so, and finds the
 * dead by its collector.
 */
#include "workloads/sharing/strategy.h"

static const struct shield_ops deferred_ops = {.qsbr = true};

ALWAYS_INLINE void take_deferred(struct sharing_task *me,
                                 struct counted *object)
{
    (void)me;
    (void)object;
    atomic_signal_fence(memory_order_seq_cst);
}

ALWAYS_INLINE bool drop_deferred(struct sharing_task *me,
                                 struct counted *object)
{
    (void)me;
    (void)object;
    atomic_signal_fence(memory_order_seq_cst);
    return false;
}

ALWAYS_INLINE bool drop_slot_deferred(struct sharing_task *me,
                                      struct counted *object)
{
    (void)me;
    return atomic_drop(&object->count);
}

static const struct counted_ops deferred_counts = {
    .visits = true,
    .take = take_deferred,
    .drop = drop_deferred,
    .drop_slot = drop_slot_deferred,
    .free = counted_retire,
};

COUNTED_LOOP(deferred, deferred_ops, deferred_counts)

const struct sharing sharing_deferred = {
    .unit = {.name = "deferred",
             .summary = "references on a stack are not counted"},
    .refcount = deferred_refcount,
};
