/* SPDX-License-Identifier: MIT */
/*
 * How a stack is entered for the first time, and the out-of-line switch for
 * machines without an inline one and for sanitizers (ucontext).
 */
#include "harness/base/cacheline.h"
#include "harness/base/must.h"
#include "runtime/sched/stack.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define ENTRY_ALIGN 16

#ifdef STACK_SWITCH_INLINE

/* Entered by `jmp` with the context in rsi and the entry function in rbp;
 * ends the chain of frames for debuggers. */
__asm__(".text\n"
        ".p2align 4\n"
        ".type stack_entry, @function\n"
        "stack_entry:\n"
        ".cfi_startproc\n"
        ".cfi_undefined rip\n"
        "movq %rsi, %rdi\n"
        "movq %rbp, %rax\n"
        "xorl %ebp, %ebp\n"
        "call *%rax\n"
        "ud2\n"
        ".cfi_endproc\n"
        ".size stack_entry, . - stack_entry\n");
void stack_entry(void);

void stack_context_init(struct stack_context *context, struct stack_pool *pool,
                        void *block,
                        void (*entry)(struct stack_context *context))
{
    (void)pool;
    uintptr_t top = (uintptr_t)block & ~(uintptr_t)(ENTRY_ALIGN - 1);
    context->sp = (void *)top;
    context->fp = (void *)entry;
    context->pc = (void *)stack_entry;
}

void stack_context_init_thread(struct stack_context *context)
{
    *context = (struct stack_context){0};
}

void stack_context_finish(struct stack_context *context)
{
    (void)context;
}

void stack_context_deinit(struct stack_context *context)
{
    (void)context;
}

#else

#include <ucontext.h>

#if defined(STACK_SANITIZED) && __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__SANITIZE_THREAD__)
#define STACK_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STACK_TSAN 1
#endif
#endif
#if defined(STACK_SANITIZED) && !defined(STACK_TSAN)
#define STACK_ASAN 1
#endif

struct ucontext_stack {
    ucontext_t context;
    struct stack_context *self;
    void (*entry)(struct stack_context *context);
    void *low;
    size_t size;
    bool finished;
    bool own_thread;
    void *fake_stack; /* AddressSanitizer's */
    void *fiber;      /* ThreadSanitizer's */
};

/* Completes a switch on its destination: tells AddressSanitizer. */
static inline __attribute__((always_inline)) void arrived(
    struct ucontext_stack *to)
{
#ifdef STACK_ASAN
    __sanitizer_finish_switch_fiber(to->fake_stack, NULL, NULL);
#endif
    (void)to;
}

static void first_frame(unsigned high, unsigned low)
{
    struct ucontext_stack *state =
        (struct ucontext_stack *)(((uintptr_t)high << 32) | low);
    arrived(state);
    state->entry(state->self);
    must(!"a task's entry returned");
}

void stack_context_init(struct stack_context *context, struct stack_pool *pool,
                        void *block,
                        void (*entry)(struct stack_context *context))
{
    struct ucontext_stack *state = must_calloc(1, sizeof(*state));
    uintptr_t top = (uintptr_t)block & ~(uintptr_t)(ENTRY_ALIGN - 1);
    /* Guard page, colour and block lie outside; rounding down is safe. */
    state->size = pool->slot_size - 2 * 4096 - 64 * CACHELINE;
    state->low = (void *)(top - state->size);
    state->self = context;
    state->entry = entry;
    must(getcontext(&state->context) == 0);
    state->context.uc_stack.ss_sp = state->low;
    state->context.uc_stack.ss_size = state->size;
    uintptr_t address = (uintptr_t)state;
    makecontext(&state->context, (void (*)(void))first_frame, 2,
                (unsigned)(address >> 32), (unsigned)address);
#ifdef STACK_TSAN
    state->fiber = __tsan_create_fiber(0);
#endif
    context->state = state;
}

void stack_context_init_thread(struct stack_context *context)
{
    struct ucontext_stack *state = must_calloc(1, sizeof(*state));
    pthread_attr_t attr;
    must(pthread_getattr_np(pthread_self(), &attr) == 0);
    must(pthread_attr_getstack(&attr, &state->low, &state->size) == 0);
    must(pthread_attr_destroy(&attr) == 0);
    state->self = context;
    state->own_thread = true;
#ifdef STACK_TSAN
    state->fiber = __tsan_get_current_fiber();
#endif
    context->state = state;
}

void stack_context_finish(struct stack_context *context)
{
    ((struct ucontext_stack *)context->state)->finished = true;
}

void stack_context_deinit(struct stack_context *context)
{
    struct ucontext_stack *state = context->state;
#ifdef STACK_TSAN
    if (state && !state->own_thread) {
        __tsan_destroy_fiber(state->fiber);
    }
#endif
    free(state);
    context->state = NULL;
}

/* Not instrumented: ThreadSanitizer would push this function's entry on the
 * one fibre's shadow stack and pop its exit from the other's. */
__attribute__((noinline, no_sanitize("thread"))) void stack_switch(
    struct stack_context *from, struct stack_context *to)
{
    struct ucontext_stack *out = from->state;
    struct ucontext_stack *in = to->state;
#ifdef STACK_ASAN
    __sanitizer_start_switch_fiber(out->finished ? NULL : &out->fake_stack,
                                   in->low, in->size);
#endif
#ifdef STACK_TSAN
    __tsan_switch_to_fiber(in->fiber, 0);
#endif
    must(swapcontext(&out->context, &in->context) == 0);
    arrived(out);
}

#endif
