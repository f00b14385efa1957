/* SPDX-License-Identifier: MIT */
/*
 * Memory of the objects that tasks make and free all the time: cells of one
 * cache line, taken from and given back to the list of the task that does it,
 * whoever made them. No call of the C library is in what is measured, but for
 * a slab of cells now and then. All slabs live until the run's end.
 */
#pragma once

#include "harness/base/cacheline.h"
#include "workloads/sharing/sharing.h"

struct sharing_cell {
    struct sharing_cell *next;
    char rest[CACHELINE - sizeof(void *)];
} __attribute__((aligned(CACHELINE)));

/* Puts a slab of cells on the task's empty list. */
void sharing_pool_fill(struct sharing_task *me);

/* Frees the slabs; in every task, and in the maker. */
void sharing_pool_free(struct sharing_task *task);

static inline void *sharing_pool_take(struct sharing_task *me)
{
    if (unlikely(!me->free)) {
        sharing_pool_fill(me);
    }
    struct sharing_cell *cell = me->free;
    me->free = cell->next;
    me->made++;
    return cell;
}

static inline void sharing_pool_give(struct sharing_task *me, void *memory)
{
    struct sharing_cell *cell = memory;
    cell->next = me->free;
    me->free = cell;
    me->freed++;
}
