/* SPDX-License-Identifier: MIT */
/*
 * shared_vector: an array of boxes. A step gets a value, or adds 1 to one;
 * every eighth write appends a box, or, where the array is full, cuts all off
 * that were appended and then appends; every 4096th read goes through the
 * whole vector. The array is as long as it gets from the start. The part of
 * the vector that a place is in is the place.
 */
#pragma once

#include "workloads/sharing/shield.h"

enum {
    VECTOR_APPEND = 8,
    VECTOR_ITERATE = 4096,
    VECTOR_ROOM = 4, /* times the places that are always there */
};

struct shared_vector {
    struct shield shield;
    uint64_t places; /* that are always there */
    uint64_t room;
    uint64_t length;
    struct sharing_box **slots;
} __attribute__((aligned(CACHELINE_PAIR)));

ALWAYS_INLINE void vector_get(const struct shield_ops *ops,
                              struct sharing_task *me,
                              struct shared_vector *vector, uint64_t place)
{
    bool right;
    do {
        ops->read(me, &vector->shield, place);
        right = shield_look(ops, me, &vector->slots[place]);
    } while (!ops->read_done(me, &vector->shield, place));
    me->wrong += !right;
}

ALWAYS_INLINE void vector_add(const struct shield_ops *ops,
                              struct sharing_task *me,
                              struct shared_vector *vector, uint64_t place)
{
    ops->write(me, &vector->shield, place);
    struct sharing_box *old = shield_change(ops, me, &vector->slots[place]);
    ops->write_done(me, &vector->shield, place);
    me->written++;
    if (old) {
        shield_retire(ops, me, old);
    }
}

/* The slots of what is cut off keep their boxes until they are appended over:
 * who reads the old length still finds them. */
ALWAYS_INLINE void vector_append(const struct shield_ops *ops,
                                 struct sharing_task *me,
                                 struct shared_vector *vector)
{
    ops->write(me, &vector->shield, SHIELD_WHOLE);
    uint64_t length = vector->length;
    if (length == vector->room) {
        length = vector->places;
        shield_store(ops, &vector->length, length);
        for (uint64_t i = length; i < vector->room; i++) {
            shield_retire(ops, me, vector->slots[i]);
        }
    }
    shield_link(ops, &vector->slots[length],
                sharing_box_new(me, length, 0, NULL));
    shield_store(ops, &vector->length, length + 1);
    ops->write_done(me, &vector->shield, SHIELD_WHOLE);
    me->appended++;
}

ALWAYS_INLINE void vector_iterate(const struct shield_ops *ops,
                                  struct sharing_task *me,
                                  struct shared_vector *vector)
{
    bool right;
    do {
        ops->read(me, &vector->shield, SHIELD_WHOLE);
        uint64_t length = shield_load(ops, &vector->length);
        right = length >= vector->places;
        for (uint64_t i = 0; i < length; i++) {
            struct sharing_box *box = shield_follow(ops, &vector->slots[i]);
            right = right && box->key == i && shield_box_is_right(ops, box);
        }
    } while (!ops->read_done(me, &vector->shield, SHIELD_WHOLE));
    me->wrong += !right;
}

ALWAYS_INLINE void vector_step(const struct shield_ops *ops,
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
