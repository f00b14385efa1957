/* SPDX-License-Identifier: MIT */
/*
 * shared_vector: an array of boxes. A step gets a value, or adds 1 to one;
 * every eighth write appends a box, or, where the array is full, cuts all off
 * that were appended and then appends; every 4096th read goes through the
 * whole vector. The array is as long as it gets from the start. The part of
 * the vector that a place is in is the place.
 */
#pragma once

#include "workloads/sharing/guard.h"

enum {
    VECTOR_APPEND = 8,
    VECTOR_ITERATE = 4096,
    VECTOR_ROOM = 4, /* times the places that are always there */
};

struct shared_vector {
    struct guard guard;
    uint64_t places; /* that are always there */
    uint64_t room;
    uint64_t length;
    struct sharing_box **slots;
} __attribute__((aligned(CACHELINE_PAIR)));

ALWAYS_INLINE void vector_get(const struct guard_ops *ops,
                              struct sharing_task *me,
                              struct shared_vector *vector, uint64_t place)
{
    bool right;
    do {
        ops->read(me, &vector->guard, place);
        right =
            guard_box_is_right(ops, guard_follow(ops, &vector->slots[place]));
    } while (!ops->read_done(me, &vector->guard, place));
    me->wrong += !right;
}

ALWAYS_INLINE void vector_add(const struct guard_ops *ops,
                              struct sharing_task *me,
                              struct shared_vector *vector, uint64_t place)
{
    ops->write(me, &vector->guard, place);
    struct sharing_box *old = guard_change(ops, me, &vector->slots[place]);
    ops->write_done(me, &vector->guard, place);
    me->written++;
    if (old) {
        guard_retire(ops, me, old);
    }
}

/* The slots of what is cut off keep their boxes until they are appended over:
 * who reads the old length still finds them. */
ALWAYS_INLINE void vector_append(const struct guard_ops *ops,
                                 struct sharing_task *me,
                                 struct shared_vector *vector)
{
    ops->write(me, &vector->guard, GUARD_WHOLE);
    uint64_t length = vector->length;
    if (length == vector->room) {
        length = vector->places;
        guard_store(ops, &vector->length, length);
        for (uint64_t i = length; i < vector->room; i++) {
            guard_retire(ops, me, vector->slots[i]);
        }
    }
    guard_link(ops, &vector->slots[length],
               sharing_box_new(me, length, 0, NULL));
    guard_store(ops, &vector->length, length + 1);
    ops->write_done(me, &vector->guard, GUARD_WHOLE);
    me->appended++;
}

ALWAYS_INLINE void vector_iterate(const struct guard_ops *ops,
                                  struct sharing_task *me,
                                  struct shared_vector *vector)
{
    bool right;
    do {
        ops->read(me, &vector->guard, GUARD_WHOLE);
        uint64_t length = guard_load(ops, &vector->length);
        right = length >= vector->places;
        for (uint64_t i = 0; i < length; i++) {
            struct sharing_box *box = guard_follow(ops, &vector->slots[i]);
            right = right && box->key == i && guard_box_is_right(ops, box);
        }
    } while (!ops->read_done(me, &vector->guard, GUARD_WHOLE));
    me->wrong += !right;
}

ALWAYS_INLINE void vector_step(const struct guard_ops *ops,
                               struct sharing_task *me)
{
    const struct sharing_pick *pick = sharing_next(me);
    struct shared_vector *vector = me->object;
    me->turns++;
    if (pick->write) {
        if (me->turns % VECTOR_APPEND == 0) {
            vector_append(ops, me, vector);
        } else {
            vector_add(ops, me, vector, pick->at);
        }
    } else if (me->turns % VECTOR_ITERATE == 0) {
        vector_iterate(ops, me, vector);
    } else {
        vector_get(ops, me, vector, pick->at);
    }
}
