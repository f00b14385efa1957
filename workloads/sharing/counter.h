/* SPDX-License-Identifier: MIT */
/*
 * shared_counter: a counter that is added to, and read. It only grows, so who
 * reads a lesser value than before has read a lost update.
 */
#pragma once

#include "workloads/sharing/shield.h"

struct counter_part {
    uint64_t value;
} __attribute__((aligned(CACHELINE_PAIR)));

struct shared_counter {
    struct shield shield;
    uint64_t value;
    struct counter_part parts[SHIELD_STRIPES]; /* with `stripes` */
} __attribute__((aligned(CACHELINE_PAIR)));

ALWAYS_INLINE void shared_counter_add(const struct shield_ops *ops,
                                      struct sharing_task *me,
                                      struct shared_counter *counter)
{
    uint64_t key = (me->number - 1) % SHIELD_STRIPES;
    uint64_t *value =
        ops->stripes ? &counter->parts[key].value : &counter->value;
    ops->write(me, &counter->shield, key);
    shield_store(ops, value, *value + 1);
    ops->write_done(me, &counter->shield, key);
    me->written++;
}

ALWAYS_INLINE uint64_t shared_counter_sum(const struct shield_ops *ops,
                                          struct sharing_task *me,
                                          struct shared_counter *counter)
{
    uint64_t sum;
    do {
        ops->read(me, &counter->shield, SHIELD_WHOLE);
        sum = shield_load(ops, &counter->value);
        for (int i = 0; ops->stripes && i < SHIELD_STRIPES; i++) {
            sum += shield_load(ops, &counter->parts[i].value);
        }
    } while (!ops->read_done(me, &counter->shield, SHIELD_WHOLE));
    return sum;
}

ALWAYS_INLINE void shared_counter_step(const struct shield_ops *ops,
                                       struct sharing_task *me)
{
    const struct sharing_pick *pick = sharing_next(me);
    struct shared_counter *counter = me->object;
    if (pick->write) {
        shared_counter_add(ops, me, counter);
    } else {
        uint64_t sum = shared_counter_sum(ops, me, counter);
        me->wrong += sum < me->turns;
        me->turns = sum;
    }
}
