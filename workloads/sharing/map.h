/* SPDX-License-Identifier: MIT */
/*
 * shared_map: a hash map with chains of boxes. A step gets a value, or adds 1
 * to one; every eighth write puts in the task's visitor, a key of its own, or
 * takes it out again, and every 4096th read goes through the whole map. The
 * part of the map that a key is in, for strategies that shield parts, is its
 * bucket.
 */
#pragma once

#include "workloads/sharing/shield.h"

enum {
    MAP_VISIT = 8,
    MAP_ITERATE = 4096,
};

enum map_act {
    MAP_GETS,
    MAP_ADDS,
    MAP_VISITS,
    MAP_ITERATES,
};

struct shared_map {
    struct shield shield;
    uint64_t mask; /* buckets - 1 */
    uint64_t keys; /* that are always there: 0 .. keys - 1 */
    struct sharing_box **buckets;
} __attribute__((aligned(CACHELINE_PAIR)));

static inline uint64_t map_bucket(const struct shared_map *map, uint64_t key)
{
    return ((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & map->mask;
}

/* The link to the box of `key`, or to where it would be. */
ALWAYS_INLINE struct sharing_box **map_find(const struct shield_ops *ops,
                                            struct shared_map *map,
                                            uint64_t bucket, uint64_t key)
{
    struct sharing_box **link = &map->buckets[bucket];
    struct sharing_box *box = shield_follow(ops, link);
    while (box && box->key != key) {
        link = &box->next;
        box = shield_follow(ops, link);
    }
    return link;
}

ALWAYS_INLINE void map_get(const struct shield_ops *ops,
                           struct sharing_task *me, struct shared_map *map,
                           uint64_t key)
{
    uint64_t bucket = map_bucket(map, key);
    bool right;
    do {
        ops->read(me, &map->shield, bucket);
        right = shield_look(ops, me, map_find(ops, map, bucket, key));
    } while (!ops->read_done(me, &map->shield, bucket));
    me->wrong += !right;
}

ALWAYS_INLINE void map_add(const struct shield_ops *ops,
                           struct sharing_task *me, struct shared_map *map,
                           uint64_t key)
{
    uint64_t bucket = map_bucket(map, key);
    ops->write(me, &map->shield, bucket);
    struct sharing_box *old =
        shield_change(ops, me, map_find(ops, map, bucket, key));
    ops->write_done(me, &map->shield, bucket);
    me->written++;
    if (old) {
        shield_retire(ops, me, old);
    }
}

/* The visitor comes or goes. */
ALWAYS_INLINE void map_visit(const struct shield_ops *ops,
                             struct sharing_task *me, struct shared_map *map)
{
    uint64_t key = map->keys + me->number;
    uint64_t bucket = map_bucket(map, key);
    struct sharing_box *gone = NULL;
    ops->write(me, &map->shield, bucket);
    struct sharing_box **link = me->visitor_in ? map_find(ops, map, bucket, key)
                                               : &map->buckets[bucket];
    if (me->visitor_in) {
        gone = *link;
        shield_link(ops, link, gone->next);
    } else {
        shield_link(ops, link, sharing_box_new(me, key, 0, *link));
    }
    ops->write_done(me, &map->shield, bucket);
    me->visitor_in = !me->visitor_in;
    if (gone) {
        shield_retire(ops, me, gone);
    }
}

/* Meets every key that is always there once, or it has read wrong. */
ALWAYS_INLINE void map_iterate(const struct shield_ops *ops,
                               struct sharing_task *me, struct shared_map *map)
{
    uint64_t met;
    bool right;
    do {
        met = 0;
        right = true;
        ops->read(me, &map->shield, SHIELD_WHOLE);
        for (uint64_t bucket = 0; bucket <= map->mask; bucket++) {
            struct sharing_box *box = shield_follow(ops, &map->buckets[bucket]);
            for (; box; box = shield_follow(ops, &box->next)) {
                met += box->key < map->keys;
                right = right && shield_box_is_right(ops, box);
            }
        }
    } while (!ops->read_done(me, &map->shield, SHIELD_WHOLE));
    me->wrong += !right || met != map->keys;
}

/* What the task's next step is, and to which key. */
ALWAYS_INLINE enum map_act map_next(struct sharing_task *me, uint64_t *key)
{
    const struct sharing_pick *pick = sharing_next(me);
    me->turns++;
    *key = pick->at;
    if (pick->write) {
        return me->turns % MAP_VISIT == 0 ? MAP_VISITS : MAP_ADDS;
    }
    return me->turns % MAP_ITERATE == 0 ? MAP_ITERATES : MAP_GETS;
}

ALWAYS_INLINE void map_step(const struct shield_ops *ops,
                            struct sharing_task *me)
{
    uint64_t key;
    struct shared_map *map = me->object;
    switch (map_next(me, &key)) {
    case MAP_GETS:
        map_get(ops, me, map, key);
        break;
    case MAP_ADDS:
        map_add(ops, me, map, key);
        break;
    case MAP_VISITS:
        map_visit(ops, me, map);
        break;
    case MAP_ITERATES:
        map_iterate(ops, me, map);
        break;
    }
}
