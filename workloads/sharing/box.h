/* SPDX-License-Identifier: MIT */
/*
 * A value in a container: two words that must agree, so that who reads it half
 * written, or after it was freed, can tell.
 */
#pragma once

#include "workloads/sharing/pool.h"

struct sharing_box {
    uint64_t key;
    uint64_t value;
    uint64_t check;
    struct sharing_box *next; /* in a chain of the map, or of free boxes */
    struct qsbr_retired retired;
    union {
        void *library[2];    /* of a strategy from a library */
        uint64_t references; /* see incref.c; 0: nobody may use it */
    };
};

_Static_assert(sizeof(struct sharing_box) <= sizeof(struct sharing_cell),
               "a box is a cell");

static inline uint64_t sharing_box_check(uint64_t key, uint64_t value)
{
    return ~(value * UINT64_C(0x9e3779b97f4a7c15) + key);
}

static inline struct sharing_box *sharing_box_new(struct sharing_task *me,
                                                  uint64_t key, uint64_t value,
                                                  struct sharing_box *next)
{
    struct sharing_box *box = sharing_pool_take(me);
    box->key = key;
    box->value = value;
    box->check = sharing_box_check(key, value);
    box->next = next;
    __atomic_store_n(&box->references, 1, __ATOMIC_RELEASE);
    return box;
}

/* Nobody reads it any more; if somebody does, he sees that it is dead. */
static inline void sharing_box_free(struct sharing_task *me,
                                    struct sharing_box *box)
{
    box->check = 0;
    sharing_pool_give(me, box);
}

/* Gives a box to qsbr.h, and takes back what nobody reads any more. */
static inline void sharing_box_retire(struct sharing_task *me,
                                      struct sharing_box *box)
{
    struct qsbr *qsbr = &me->shared->qsbr;
    if (!qsbr_retire(qsbr, &me->retired, &box->retired)) {
        return;
    }
    struct qsbr_retired *node;
    while ((node = qsbr_reclaim(&me->retired)) != NULL) {
        sharing_box_free(me, container_of(node, struct sharing_box, retired));
    }
}
