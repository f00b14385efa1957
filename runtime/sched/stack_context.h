/* SPDX-License-Identifier: MIT */
/* The life of a context on a stack: inline where the switch is, since a task
 * may live for a few nanoseconds only. */
#pragma once

#include "runtime/sched/stack.h"

#ifdef STACK_SWITCH_INLINE

/* Where a new task begins: assembly, in stack_context.c. */
__attribute__((visibility("hidden"))) void stack_entry_begin(void);

#ifdef STACK_WATCHED
stack_entry_fn stack_watched_entry;
#endif

/* Makes `context` start at entry(context) on the slot below `block`. The entry
 * never returns: it ends with stack_context_finish() and a switch, unless its
 * task is used again. */
static inline void stack_context_init(struct stack_context *context,
                                      struct stack_pool *pool, void *block,
                                      stack_entry_fn *entry)
{
    context->sp = block;
    context->fp = (void *)entry;
    context->pc = (void *)stack_entry_begin;
    stack_context_renew(context);
#ifdef STACK_WATCHED
    char *low = stack_slot_of(pool, block) + pool->guard_size;
    stack_watch_init(&context->watch, low, block);
    context->watch.entry = entry;
    context->fp = (void *)stack_watched_entry;
#endif
    (void)pool;
}

/* For the thread's own stack, which is only ever switched away from. */
static inline void stack_context_init_thread(struct stack_context *context)
{
    *context = (struct stack_context){0};
#ifdef STACK_WATCHED
    stack_watch_init_thread(&context->watch);
#endif
}

/* The context is about to be left for the last time. */
static inline void stack_context_finish(struct stack_context *context)
{
#ifdef STACK_WATCHED
    stack_watch_end(&context->watch);
#endif
    (void)context;
}

static inline void stack_context_deinit(struct stack_context *context)
{
#ifdef STACK_WATCHED
    stack_watch_deinit(&context->watch);
#endif
    (void)context;
}

#else /* the same by ucontext: stack_ucontext.c */

void stack_context_init(struct stack_context *context, struct stack_pool *pool,
                        void *block, stack_entry_fn *entry);
void stack_context_init_thread(struct stack_context *context);
void stack_context_finish(struct stack_context *context);
void stack_context_deinit(struct stack_context *context);

#endif
