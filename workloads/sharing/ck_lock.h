/* SPDX-License-Identifier: MIT */
/*
 * The file of a spinlock of Concurrency Kit, a lock in every object:
 *
 *   CK_LOCK(ck_fas, ck_spinlock_fas_t, ck_spinlock_fas_init(lock),
 *           ck_spinlock_fas_lock(lock), ck_spinlock_fas_unlock(lock))
 *
 * In the last two `node` is the calling task's, for locks that are queues of
 * nodes. Who waits spins, whatever else there is to run.
 */
#pragma once

#include "workloads/sharing/ck.h"
#include "workloads/sharing/strategy.h"

#include <ck_spinlock.h>

#define CK_LOCK(ck, type, init, lock_it, unlock_it)                            \
    SHIELD_IS(type);                                                           \
                                                                               \
    ALWAYS_INLINE void ck##_take(struct sharing_task *me,                      \
                                 struct shield *shield, uint64_t key)          \
    {                                                                          \
        type *lock = (type *)shield;                                           \
        void *node = me->library;                                              \
        (void)node;                                                            \
        (void)key;                                                             \
        lock_it;                                                               \
    }                                                                          \
                                                                               \
    ALWAYS_INLINE void ck##_give(struct sharing_task *me,                      \
                                 struct shield *shield, uint64_t key)          \
    {                                                                          \
        type *lock = (type *)shield;                                           \
        void *node = me->library;                                              \
        (void)node;                                                            \
        (void)key;                                                             \
        unlock_it;                                                             \
    }                                                                          \
                                                                               \
    ALWAYS_INLINE bool ck##_give_read(struct sharing_task *me,                 \
                                      struct shield *shield, uint64_t key)     \
    {                                                                          \
        ck##_give(me, shield, key);                                            \
        return true;                                                           \
    }                                                                          \
                                                                               \
    static const struct shield_ops ck##_ops = {                                \
        .read = ck##_take,                                                     \
        .read_done = ck##_give_read,                                           \
        .write = ck##_take,                                                    \
        .write_done = ck##_give,                                               \
    };                                                                         \
                                                                               \
    SHIELD_LOOPS(ck, ck##_ops)                                                 \
                                                                               \
    static void ck##_shield_init(struct shield *shield)                        \
    {                                                                          \
        type *lock = (type *)shield;                                           \
        init;                                                                  \
    }                                                                          \
                                                                               \
    const struct sharing sharing_##ck = {                                      \
        .unit = {.name = #ck,                                                  \
                 .summary = #type " in every object, of Concurrency Kit",      \
                 .unavailable = ck_unavailable},                               \
        .library = "Concurrency Kit",                                          \
        .counter = ck##_counter,                                               \
        .map = ck##_map,                                                       \
        .vector = ck##_vector,                                                 \
        .shield_init = ck##_shield_init,                                       \
    };
