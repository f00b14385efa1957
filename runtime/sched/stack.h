/* SPDX-License-Identifier: MIT */
/*
 * Stacks for tasks: equal slots in big slabs, a guard page at the low end of
 * each, a LIFO free list. The task's own block lives at the TOP of its slot,
 * next to the first frames, so a switch touches one page.
 *
 * Tops are coloured: shifted by different multiples of a cache line, because
 * equal tops would all compete for the same sets of the first-level cache.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/exec/stack_switch.h"

#include <stddef.h>

struct stack_slab;

struct stack_pool {
    size_t slot_size; /* guard page included */
    size_t slab_slots;
    size_t made; /* slots ever made: the colour and the guard's kind */
    struct stack_slab *slabs;
    void *free; /* low ends of free slots, linked through their tops */
};

void stack_pool_init(struct stack_pool *pool, size_t slot_size,
                     size_t slab_slots);
void stack_pool_deinit(struct stack_pool *pool);

/* A slot with room for a block of `block` bytes (zeroed) at its top; the
 * block's address is returned, NULL when there is no memory. */
void *stack_new(struct stack_pool *pool, size_t block);
void stack_free(struct stack_pool *pool, void *block);

/* Makes `context` start at entry(context) on the slot below `block`. */
void stack_context_init(struct stack_context *context, struct stack_pool *pool,
                        void *block,
                        void (*entry)(struct stack_context *context));
/* For the thread's own stack, which is only ever switched away from. */
void stack_context_init_thread(struct stack_context *context);
/* The context is about to be left for the last time. */
void stack_context_finish(struct stack_context *context);
void stack_context_deinit(struct stack_context *context);
