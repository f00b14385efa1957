/* SPDX-License-Identifier: MIT */
/*
 * Stacks for tasks: equal slots in slabs of many, a guard page at the low end
 * of each, a LIFO free list. The task's own block lives at the TOP of its slot,
 * next to the first frames, so a switch touches one page.
 *
 *     low                                                               high
 *     | guard page | never touched ... | frames | block | colour |
 *
 * Tops are coloured: shifted by different multiples of a cache line, because
 * equal tops would all compete for the same sets of the first-level cache.
 *
 * Slots come zeroed from the kernel and are given back only with the pool, so
 * the lowest byte that is not zero tells how deep a stack has ever been.
 */
#pragma once

#include "harness/base/cacheline.h"
#include "harness/base/diag.h"
#include "harness/exec/stack_switch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stack_slab {
    struct stack_slab *next;
    char *low;
    size_t slots;
    size_t used;
    size_t marked;       /* slots whose guards are there already */
    size_t prefaulted;   /* slots whose first pages are seen to */
    size_t first;        /* pool's number of the first slot: the colours */
    unsigned *valgrinds; /* valgrind's names of the slots; NULL without it */
};

struct stack_pool {
    void *free; /* blocks of free slots, linked through their first word */
    size_t slot_size;    /* guard page included */
    size_t guard_size;   /* a page */
    size_t block_size;   /* of whole cache lines */
    size_t next_slab;    /* slots of the next slab */
    size_t made;         /* slots ever made */
    size_t guarded;      /* those that have a guard */
    size_t mprotect_max; /* guards that may cost two mappings each */
    bool guard_is_mark; /* MADV_GUARD_INSTALL works: a slab stays one mapping */
    bool marks_singly;  /* the kernel takes no list of guards */
    bool prefaults_singly; /* nor one of pages to prefault */
    struct stack_slab *slabs;
    /* Of all pools, for signal handlers and debuggers. */
    struct stack_pool *next;
    /* Of stack_overflow.h; NULL: overflows are not told. */
    void (*name)(const void *block, char *text, size_t size);
    void *signal_stack;
};

/* `slots` is how many are expected: the first slab's size. */
void stack_pool_init(struct stack_pool *pool, size_t slot_size, size_t slots,
                     size_t block_size);
void stack_pool_deinit(struct stack_pool *pool);

/* Where no slot is free: makes one. NULL: no memory; see stack_limits.h. */
void *stack_new_slot(struct stack_pool *pool);
/* The low end of the slot of a block, guard included; NULL: not of this pool.
 * `block` may be any address in the slot. */
char *stack_slot_of(const struct stack_pool *pool, const void *block);
/* The block of the slot at `low`. */
char *stack_block_of(const struct stack_pool *pool, const char *low);

/* All pools; new ones come first. Safe in a signal handler. */
struct stack_pool *stack_pools_first(void);

/* Tells AddressSanitizer, which otherwise takes what the last user left on a
 * stack for the new one's. */
#ifdef UNDER_ASAN
void stack_tell_used(const struct stack_pool *pool, void *block);
void stack_tell_free(const struct stack_pool *pool, void *block);
#else
static inline void stack_tell_used(const struct stack_pool *pool, void *block)
{
    (void)pool;
    (void)block;
}

static inline void stack_tell_free(const struct stack_pool *pool, void *block)
{
    (void)pool;
    (void)block;
}
#endif

/* A slot's block, with whatever its last user left in it; NULL when there is
 * no memory. Warm, it is the slot that was freed last. */
static inline void *stack_new(struct stack_pool *pool)
{
    void *block = pool->free;
    if (unlikely(!block)) {
        return stack_new_slot(pool);
    }
    stack_tell_used(pool, block);
    pool->free = *(void **)block;
    return block;
}

static inline void stack_free(struct stack_pool *pool, void *block)
{
    *(void **)block = pool->free;
    pool->free = block;
    stack_tell_free(pool, block);
}
