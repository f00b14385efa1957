/* SPDX-License-Identifier: MIT */
/*
 * Sixteen locks an object: each guards a part, all of them the whole. Of a
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

GUARD_IS(struct stripes);

static inline struct object_lock *stripe_of(struct guard *guard, uint64_t key)
{
    return &((struct stripes *)guard)->all[key % GUARD_STRIPES].lock;
}

ALWAYS_INLINE void take(struct sharing_task *me, struct guard *guard,
                        uint64_t key)
{
    for (uint64_t i = 0; key == GUARD_WHOLE && i < GUARD_STRIPES; i++) {
        object_lock_take(stripe_of(guard, i), me->ex);
    }
    if (key != GUARD_WHOLE) {
        object_lock_take(stripe_of(guard, key), me->ex);
    }
}

ALWAYS_INLINE void give(struct sharing_task *me, struct guard *guard,
                        uint64_t key)
{
    (void)me;
    for (uint64_t i = 0; key == GUARD_WHOLE && i < GUARD_STRIPES; i++) {
        object_lock_give(stripe_of(guard, i));
    }
    if (key != GUARD_WHOLE) {
        object_lock_give(stripe_of(guard, key));
    }
}

ALWAYS_INLINE bool give_read(struct sharing_task *me, struct guard *guard,
                             uint64_t key)
{
    give(me, guard, key);
    return true;
}

static const struct guard_ops striped_ops = {
    .stripes = true,
    .read = take,
    .read_done = give_read,
    .write = take,
    .write_done = give,
};

GUARD_LOOPS(striped, striped_ops)

static void striped_guard_init(struct guard *guard)
{
    struct stripes *stripes = (struct stripes *)guard;
    size_t size = GUARD_STRIPES * sizeof(*stripes->all);
    stripes->all = aligned_alloc(CACHELINE_PAIR, size);
    must(stripes->all != NULL);
    memset(stripes->all, 0, size);
}

static void striped_guard_deinit(struct guard *guard)
{
    free(((struct stripes *)guard)->all);
}

const struct sharing sharing_striped = {
    .unit = {.name = "striped", .summary = "sixteen locks, one for each part"},
    .counter = striped_counter,
    .map = striped_map,
    .vector = striped_vector,
    .guard_init = striped_guard_init,
    .guard_deinit = striped_guard_deinit,
};
