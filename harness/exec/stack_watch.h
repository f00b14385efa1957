/* SPDX-License-Identifier: MIT */
/*
 * What AddressSanitizer and ThreadSanitizer must be told of stacks and of a
 * switch from one to another. In other builds nothing is stored and nothing
 * happens.
 *
 * What a switch tells is inlined where the switch is. A function of its own
 * would be entered on one stack and left on the other; ThreadSanitizer counts
 * the two on shadow stacks, one a task, and would find them out of balance. For
 * the same reason nothing stands between stack_watch_leave() and the switch.
 */
#pragma once

#include "harness/base/must.h"
#include "harness/base/sanitizer.h"

#include <stdbool.h>
#include <stddef.h>

struct stack_context;
typedef void stack_entry_fn(struct stack_context *context);

#if defined(UNDER_ASAN)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>

#define STACK_WATCHED 1

struct stack_watch {
    stack_entry_fn *entry;
    void *low; /* of the stack */
    size_t size;
    void *frames; /* AddressSanitizer's own, while the stack is not run on */
    bool ended;   /* it will not be run on again */
};

static inline void stack_watch_init(struct stack_watch *watch, void *low,
                                    void *high)
{
    *watch = (struct stack_watch){.low = low,
                                  .size = (size_t)((char *)high - (char *)low)};
}

/* The stack that the calling thread came with. */
static inline void stack_watch_init_thread(struct stack_watch *watch)
{
    *watch = (struct stack_watch){0};
    pthread_attr_t attr;
    must(pthread_getattr_np(pthread_self(), &attr) == 0);
    must(pthread_attr_getstack(&attr, &watch->low, &watch->size) == 0);
    must(pthread_attr_destroy(&attr) == 0);
}

/* The stack is about to be left for the last time. */
static inline void stack_watch_end(struct stack_watch *watch)
{
    watch->ended = true;
}

static inline void stack_watch_deinit(struct stack_watch *watch)
{
    (void)watch;
}

/* On the old stack, right before the switch. */
static inline __attribute__((always_inline)) void stack_watch_leave(
    struct stack_watch *from, const struct stack_watch *to)
{
    __sanitizer_start_switch_fiber(from->ended ? NULL : &from->frames, to->low,
                                   to->size);
}

/* Back on the stack that was left. */
static inline __attribute__((always_inline)) void stack_watch_return(
    const struct stack_watch *from)
{
    __sanitizer_finish_switch_fiber(from->frames, NULL, NULL);
}

/* On a stack for the first time. */
static inline void stack_watch_begin(void)
{
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

#elif defined(UNDER_TSAN)
#include <sanitizer/tsan_interface.h>

#define STACK_WATCHED 1

struct stack_watch {
    stack_entry_fn *entry;
    void *fiber;
    bool own_thread; /* the thread made it itself, and ends it */
};

static inline void stack_watch_init(struct stack_watch *watch, void *low,
                                    void *high)
{
    (void)low;
    (void)high;
    *watch = (struct stack_watch){.fiber = __tsan_create_fiber(0)};
}

static inline void stack_watch_init_thread(struct stack_watch *watch)
{
    *watch = (struct stack_watch){.fiber = __tsan_get_current_fiber(),
                                  .own_thread = true};
}

static inline void stack_watch_end(struct stack_watch *watch)
{
    (void)watch;
}

static inline void stack_watch_deinit(struct stack_watch *watch)
{
    if (watch->fiber && !watch->own_thread) {
        __tsan_destroy_fiber(watch->fiber);
    }
    watch->fiber = NULL;
}

static inline __attribute__((always_inline)) void stack_watch_leave(
    struct stack_watch *from, const struct stack_watch *to)
{
    (void)from;
    __tsan_switch_to_fiber(to->fiber, 0);
}

static inline __attribute__((always_inline)) void stack_watch_return(
    const struct stack_watch *from)
{
    (void)from;
}

static inline void stack_watch_begin(void)
{
}

#endif
