/* SPDX-License-Identifier: MIT */
/* The switch for machines without an inline one, and with -Ducontext=true:
 * swapcontext, which makes a system call for the signal mask. */
#include "runtime/sched/stack_context.h"

#include "harness/base/must.h"

#ifndef STACK_SWITCH_INLINE

#include <ucontext.h>

static void first_frame(unsigned high, unsigned low)
{
    struct stack_context *context =
        (struct stack_context *)(((uintptr_t)high << 32) | low);
#ifdef STACK_WATCHED
    stack_watch_begin();
#endif
    context->entry(context);
    must(!"a task's entry returned");
}

void stack_context_init(struct stack_context *context, struct stack_pool *pool,
                        void *block, stack_entry_fn *entry)
{
    ucontext_t *state = must_calloc(1, sizeof(*state));
    char *low = stack_slot_of(pool, block) + pool->guard_size;
    uintptr_t address = (uintptr_t)context;
    must(getcontext(state) == 0);
    state->uc_stack.ss_sp = low;
    state->uc_stack.ss_size = (size_t)((char *)block - low);
    makecontext(state, (void (*)(void))first_frame, 2,
                (unsigned)((uint64_t)address >> 32), (unsigned)address);
    *context = (struct stack_context){.state = state, .entry = entry};
#ifdef STACK_WATCHED
    stack_watch_init(&context->watch, low, block);
#endif
}

void stack_context_init_thread(struct stack_context *context)
{
    *context =
        (struct stack_context){.state = must_calloc(1, sizeof(ucontext_t))};
#ifdef STACK_WATCHED
    stack_watch_init_thread(&context->watch);
#endif
}

void stack_context_finish(struct stack_context *context)
{
#ifdef STACK_WATCHED
    stack_watch_end(&context->watch);
#endif
    (void)context;
}

void stack_context_deinit(struct stack_context *context)
{
#ifdef STACK_WATCHED
    stack_watch_deinit(&context->watch);
#endif
    free(context->state);
    context->state = NULL;
}

__attribute__((noinline)) struct stack_context *stack_switch(
    struct stack_context *from, struct stack_context *to)
{
#ifdef STACK_WATCHED
    stack_watch_leave(&from->watch, &to->watch);
#endif
    must(swapcontext(from->state, to->state) == 0);
#ifdef STACK_WATCHED
    stack_watch_return(&from->watch);
#endif
    return from;
}

#endif
