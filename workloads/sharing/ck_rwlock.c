/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's lock for many readers or one writer, in every object. */
#include "workloads/sharing/ck.h"
#include "workloads/sharing/strategy.h"

#include <ck_rwlock.h>

SHIELD_IS(ck_rwlock_t);

ALWAYS_INLINE void read_begin(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)me;
    (void)key;
    ck_rwlock_read_lock((ck_rwlock_t *)shield);
}

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    (void)me;
    (void)key;
    ck_rwlock_read_unlock((ck_rwlock_t *)shield);
    return true;
}

ALWAYS_INLINE void write_begin(struct sharing_task *me, struct shield *shield,
                               uint64_t key)
{
    (void)me;
    (void)key;
    ck_rwlock_write_lock((ck_rwlock_t *)shield);
}

ALWAYS_INLINE void write_done(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)me;
    (void)key;
    ck_rwlock_write_unlock((ck_rwlock_t *)shield);
}

static const struct shield_ops ck_rwlock_ops = {
    .read = read_begin,
    .read_done = read_done,
    .write = write_begin,
    .write_done = write_done,
};

SHIELD_LOOPS(ck_rwlock, ck_rwlock_ops)

static void ck_rwlock_shield_init(struct shield *shield)
{
    ck_rwlock_init((ck_rwlock_t *)shield);
}

const struct sharing sharing_ck_rwlock = {
    .unit = {.name = "ck_rwlock",
             .summary = "many readers or one writer, of Concurrency Kit",
             .unavailable = ck_unavailable},
    .library = "Concurrency Kit",
    .counter = ck_rwlock_counter,
    .map = ck_rwlock_map,
    .vector = ck_rwlock_vector,
    .shield_init = ck_rwlock_shield_init,
};
