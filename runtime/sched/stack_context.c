/* SPDX-License-Identifier: MIT */
/* How a stack is entered for the first time by the inline switch. */
#include "runtime/sched/stack.h"

#ifdef STACK_SWITCH_INLINE

/*
 * Entered by the switch's jump, with the context still in the register of its
 * `to` and the entry function as the frame pointer. For debuggers the chain of
 * frames ends here: there is no return address. They look for a frame's
 * function right before the address at which it goes on, hence the nop.
 */
#if defined(__x86_64__)
__asm__(".text\n"
        ".p2align 4\n"
        ".type stack_entry, @function\n"
        "stack_entry:\n"
        ".cfi_startproc\n"
        ".cfi_undefined rip\n"
        "nop\n"
        "stack_entry_begin:\n"
        "movq %rsi, %rdi\n"
        "movq %rbp, %rax\n"
        "xorl %ebp, %ebp\n"
        "call *%rax\n"
        "ud2\n"
        ".cfi_endproc\n"
        ".size stack_entry, . - stack_entry\n");
#else
__asm__(".text\n"
        ".p2align 4\n"
        ".type stack_entry, %function\n"
        "stack_entry:\n"
        ".cfi_startproc\n"
        ".cfi_undefined x30\n"
        "nop\n"
        "stack_entry_begin:\n"
        "hint #36\n"
        "mov x0, x1\n"
        "mov x9, x29\n"
        "mov x29, xzr\n"
        "mov x30, xzr\n"
        "blr x9\n"
        "brk #1\n"
        ".cfi_endproc\n"
        ".size stack_entry, . - stack_entry\n");
#endif
void stack_entry_begin(void);

#ifdef GILBENCH_FP_CONTROL
/* A new task has the control words of the one that makes it. */
static uint64_t fp_control_now(void)
{
    uint64_t both = 0;
#if defined(__x86_64__)
    __asm__("stmxcsr %0\n\tfnstcw 4+%0" : "=m"(both));
#else
    __asm__("mrs %0, fpcr" : "=r"(both));
#endif
    return both;
}
#endif

#ifdef STACK_WATCHED
static void first_frame(struct stack_context *context)
{
    stack_watch_begin();
    context->watch.entry(context);
}
#endif

void stack_context_init(struct stack_context *context, struct stack_pool *pool,
                        void *block, stack_entry_fn *entry)
{
    *context = (struct stack_context){
        .sp = block, .fp = (void *)entry, .pc = (void *)stack_entry_begin};
#ifdef GILBENCH_FP_CONTROL
    context->fp_control = fp_control_now();
#endif
#ifdef STACK_WATCHED
    char *low = stack_slot_of(pool, block) + pool->guard_size;
    stack_watch_init(&context->watch, low, block);
    context->watch.entry = entry;
    context->fp = (void *)first_frame;
#endif
    (void)pool;
}

void stack_context_init_thread(struct stack_context *context)
{
    *context = (struct stack_context){0};
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
    (void)context;
}

#endif
