/* SPDX-License-Identifier: MIT */
/*
 * Nothing at all: plain loads and stores, as an interpreter under its lock has
 * them. Right only where one task runs at a time, and no safepoint is inside
 * an operation. The compiler may not join two operations, as it could not
 * either where an interpreter runs between them.
 */
#include "workloads/sharing/strategy.h"

ALWAYS_INLINE void plain_begin(struct sharing_task *me, struct shield *shield,
                               uint64_t key)
{
    (void)me;
    (void)shield;
    (void)key;
    atomic_signal_fence(memory_order_seq_cst);
}

ALWAYS_INLINE bool plain_end(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    plain_begin(me, shield, key);
    return true;
}

static const struct shield_ops plain_ops = {
    .read = plain_begin,
    .read_done = plain_end,
    .write = plain_begin,
    .write_done = plain_begin,
};

SHIELD_LOOPS(plain, plain_ops)

ALWAYS_INLINE void take_plain(struct sharing_task *me, struct counted *object)
{
    (void)me;
    plain_take(&object->count);
    atomic_signal_fence(memory_order_seq_cst);
}

ALWAYS_INLINE bool drop_plain(struct sharing_task *me, struct counted *object)
{
    (void)me;
    return plain_drop(&object->count);
}

static const struct counted_ops plain_counts = {
    .plain = true,
    .take = take_plain,
    .drop = drop_plain,
    .drop_slot = drop_plain,
    .free = counted_free,
};

COUNTED_LOOP(plain, plain_ops, plain_counts)

const struct sharing sharing_plain = {
    .unit = {.name = "plain", .summary = "plain operations"},
    .unsafe = true,
    .counter = plain_counter,
    .refcount = plain_refcount,
    .map = plain_map,
    .vector = plain_vector,
};
