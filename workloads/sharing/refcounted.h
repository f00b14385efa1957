/* SPDX-License-Identifier: MIT */
/*
 * shared_refcount: objects that live while somebody holds a reference. A step
 * takes a reference to an object that outlives the run, looks at it and drops
 * the reference; or, if it writes, makes an object, puts it into a slot, and
 * drops the reference that the slot had to another: so objects are freed by
 * others than their makers.
 */
#pragma once

#include "workloads/sharing/shield.h"

struct counted {
    struct refcount count; /* first: a count is an object */
    uint64_t value;
    uint64_t check; /* dead objects have none */
    struct qsbr_retired retired;
};

_Static_assert(sizeof(struct counted) <= sizeof(struct sharing_cell),
               "an object is a cell");

struct counted_set {
    size_t n;
    struct counted **lasting; /* the set itself holds one reference to each */
    struct counted **slots;   /* each has one reference */
};

/* Like shield_ops: a constant, inlined. */
struct counted_ops {
    bool plain;  /* a slot is loaded and stored, not exchanged */
    bool visits; /* reads go through the slots now and then: a reference that
                    is not counted is good until the next safepoint */
    void (*take)(struct sharing_task *me, struct counted *object);
    /* True: that was the last reference, and the caller frees the object. */
    bool (*drop)(struct sharing_task *me, struct counted *object);
    /* Drops the reference that a slot had. */
    bool (*drop_slot)(struct sharing_task *me, struct counted *object);
    void (*free)(struct sharing_task *me, struct counted *object);
};

static inline uint64_t counted_check(uint64_t value)
{
    return sharing_box_check(0, value);
}

static inline struct counted *counted_new(struct sharing_task *me)
{
    struct counted *object = sharing_pool_take(me);
    refcount_init(&object->count, me->number);
    object->value = me->made;
    object->check = counted_check(object->value);
    return object;
}

static inline void counted_free(struct sharing_task *me, struct counted *object)
{
    object->check = 0;
    sharing_pool_give(me, object);
}

/* Frees it when nobody can have a reference on its stack any more. */
static inline void counted_retire(struct sharing_task *me,
                                  struct counted *object)
{
    struct qsbr *qsbr = &me->shared->qsbr;
    if (!qsbr_retire(qsbr, &me->retired, &object->retired)) {
        return;
    }
    struct qsbr_retired *node;
    while ((node = qsbr_reclaim(&me->retired)) != NULL) {
        counted_free(me, container_of(node, struct counted, retired));
    }
}

ALWAYS_INLINE void counted_look(struct sharing_task *me,
                                const struct counted *object)
{
    me->wrong += object->check != counted_check(object->value);
}

ALWAYS_INLINE void counted_use(const struct counted_ops *ops,
                               struct sharing_task *me, struct counted *object)
{
    ops->take(me, object);
    counted_look(me, object);
    me->wrong += ops->drop(me, object); /* the set has one still */
}

enum { COUNTED_VISIT = 4096, COUNTED_VISITED = 16 };

/* Looks at objects that others replace and free, the first of them for as long
 * as that takes: freed and made anew meanwhile, it would have another value. */
static void counted_visit(struct sharing_task *me,
                          const struct counted_set *set)
{
    const struct counted *first =
        __atomic_load_n(&set->slots[0], __ATOMIC_ACQUIRE);
    uint64_t value = first->value;
    for (size_t i = 0; i < set->n && i < COUNTED_VISITED; i++) {
        counted_look(me, __atomic_load_n(&set->slots[i], __ATOMIC_ACQUIRE));
    }
    counted_look(me, first);
    me->wrong += first->value != value;
}

ALWAYS_INLINE void counted_replace(const struct counted_ops *ops,
                                   struct sharing_task *me,
                                   struct counted **slot)
{
    struct counted *made = counted_new(me);
    struct counted *old;
    if (ops->plain) {
        old = *slot;
        *slot = made;
    } else {
        old = __atomic_exchange_n(slot, made, __ATOMIC_ACQ_REL);
    }
    counted_look(me, old);
    if (ops->drop_slot(me, old)) {
        ops->free(me, old);
    }
}

ALWAYS_INLINE void counted_step(const struct counted_ops *ops,
                                struct sharing_task *me)
{
    const struct sharing_pick *pick = sharing_next(me);
    struct counted_set *set = me->object;
    if (pick->write) {
        counted_replace(ops, me, &set->slots[pick->at]);
    } else {
        counted_use(ops, me, set->lasting[pick->at]);
    }
    if (ops->visits && ++me->turns % COUNTED_VISIT == 0) {
        counted_visit(me, set);
    }
}
