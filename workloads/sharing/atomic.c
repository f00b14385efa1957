/* SPDX-License-Identifier: MIT */
/*
 * One locked instruction an operation: a counter is added to, and a count of
 * references changed, in place. For what is one word; a container is more.
 */
#include "workloads/sharing/strategy.h"

static const struct shield_ops atomic_ops = {0};

ALWAYS_INLINE void atomic_counter_step(const struct shield_ops *ops,
                                       struct sharing_task *me)
{
    (void)ops;
    const struct sharing_pick *pick = sharing_next(me);
    struct shared_counter *counter = me->object;
    if (pick->write) {
        __atomic_fetch_add(&counter->value, 1, __ATOMIC_RELAXED);
        me->written++;
    } else {
        uint64_t sum = __atomic_load_n(&counter->value, __ATOMIC_RELAXED);
        me->wrong += sum < me->turns;
        me->turns = sum;
    }
}

static void atomic_counter(struct exec *ex, struct workload_run *run)
{
    shield_loop(&atomic_ops, ex, run, atomic_counter_step);
}

ALWAYS_INLINE void take_atomic(struct sharing_task *me, struct counted *object)
{
    (void)me;
    atomic_take(&object->count);
}

ALWAYS_INLINE bool drop_atomic(struct sharing_task *me, struct counted *object)
{
    (void)me;
    return atomic_drop(&object->count);
}

static const struct counted_ops atomic_counts = {
    .take = take_atomic,
    .drop = drop_atomic,
    .drop_slot = drop_atomic,
    .free = counted_free,
};

COUNTED_LOOP(atomic, atomic_ops, atomic_counts)

const struct sharing sharing_atomic = {
    .unit = {.name = "atomic", .summary = "one locked instruction"},
    .counter = atomic_counter,
    .refcount = atomic_refcount,
};
