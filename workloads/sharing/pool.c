/* SPDX-License-Identifier: MIT */
#include "workloads/sharing/pool.h"

#include "harness/base/must.h"

enum { SLAB_CELLS = 256 };

struct sharing_slab {
    struct sharing_slab *next;
    struct sharing_cell cells[SLAB_CELLS];
};

void sharing_pool_fill(struct sharing_task *me)
{
    struct sharing_slab *slab =
        must_aligned_alloc(_Alignof(struct sharing_slab), sizeof(*slab));
    slab->next = me->slabs;
    me->slabs = slab;
    for (size_t i = SLAB_CELLS; i > 0; i--) {
        slab->cells[i - 1].next = me->free;
        me->free = &slab->cells[i - 1];
    }
}

void sharing_pool_free(struct sharing_task *task)
{
    while (task->slabs) {
        struct sharing_slab *slab = task->slabs;
        task->slabs = slab->next;
        free(slab);
    }
}
