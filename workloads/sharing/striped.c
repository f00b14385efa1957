/* SPDX-License-Identifier: MIT */
/*
 * Sixteen locks an object: each shields a part, all of them the whole. Of a
 * counter every task has a part, and who reads it adds them up.
 */
#include "workloads/sharing/strategy.h"

#include "harness/base/must.h"
#include "runtime/sync/object_lock.h"

#include <string.h>

struct stripe {
    struct object_lock lock;
} __attribute__((aligned(CACHELINE_PAIR)));

struct stripes {
    struct stripe *all;
};

SHIELD_IS(struct stripes);

static inline struct object_lock *stripe_of(struct shield *shield, uint64_t key)
{
    return &((struct stripes *)shield)->all[key % SHIELD_STRIPES].lock;
}

ALWAYS_INLINE void take(struct sharing_task *me, struct shield *shield,
                        uint64_t key)
{
    for (uint64_t i = 0; key == SHIELD_WHOLE && i < SHIELD_STRIPES; i++) {
        object_lock_take(stripe_of(shield, i), me->ex);
    }
    if (key != SHIELD_WHOLE) {
        object_lock_take(stripe_of(shield, key), me->ex);
    }
}

ALWAYS_INLINE void give(struct sharing_task *me, struct shield *shield,
                        uint64_t key)
{
    (void)me;
    for (uint64_t i = 0; key == SHIELD_WHOLE && i < SHIELD_STRIPES; i++) {
        object_lock_give(stripe_of(shield, i));
    }
    if (key != SHIELD_WHOLE) {
        object_lock_give(stripe_of(shield, key));
    }
}

ALWAYS_INLINE bool give_read(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    give(me, shield, key);
    return true;
}

static const struct shield_ops striped_ops = {
    .stripes = true,
    .read = take,
    .read_done = give_read,
    .write = take,
    .write_done = give,
};

SHIELD_LOOPS(striped, striped_ops)

static void striped_shield_init(struct shield *shield)
{
    struct stripes *stripes = (struct stripes *)shield;
    size_t size = SHIELD_STRIPES * sizeof(*stripes->all);
    stripes->all = must_aligned_alloc(CACHELINE_PAIR, size);
    memset(stripes->all, 0, size);
}

static void striped_shield_deinit(struct shield *shield)
{
    free(((struct stripes *)shield)->all);
}

const struct sharing sharing_striped = {
    .unit = {.name = "striped", .summary = "sixteen locks, one for each part"},
    .counter = striped_counter,
    .map = striped_map,
    .vector = striped_vector,
    .shield_init = striped_shield_init,
    .shield_deinit = striped_shield_deinit,
};
