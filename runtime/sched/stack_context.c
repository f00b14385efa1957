/* SPDX-License-Identifier: MIT */
/* How a stack is entered for the first time by the inline switch. */
#include "runtime/sched/stack_context.h"

#ifdef STACK_SWITCH_INLINE

/*
 * Entered by the switch's jump, with the context still in the register of its
 * `to` and the entry function as the frame pointer. It goes on by a jump, too:
 * the entry never returns, and a call without its return would put the CPU's
 * predictor out of step for all that the next task returns to.
 *
 * For debuggers the chain of frames ends here: there is no return address. They
 * look for a frame's function right before the address at which it goes on,
 * hence the nops.
 */
#if defined(__x86_64__)
__asm__(".text\n"
        ".globl stack_entry_begin\n"
        ".hidden stack_entry_begin\n"
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
        "leaq 1f(%rip), %rcx\n"
        "pushq %rcx\n"
        "jmp *%rax\n"
        "nop\n"
        "1:\n"
        "ud2\n"
        ".cfi_endproc\n"
        ".size stack_entry, . - stack_entry\n");
#else
__asm__(".text\n"
        ".globl stack_entry_begin\n"
        ".hidden stack_entry_begin\n"
        ".p2align 4\n"
        ".type stack_entry, %function\n"
        "stack_entry:\n"
        ".cfi_startproc\n"
        ".cfi_undefined x30\n"
        "nop\n"
        "stack_entry_begin:\n"
        "hint #36\n"
        "mov x0, x1\n"
        "mov x16, x29\n"
        "mov x29, xzr\n"
        "adr x30, 1f\n"
        "br x16\n"
        "nop\n"
        "1:\n"
        "brk #1\n"
        ".cfi_endproc\n"
        ".size stack_entry, . - stack_entry\n");
#endif

#ifdef STACK_WATCHED
void stack_watched_entry(struct stack_context *context)
{
    stack_watch_begin();
    context->watch.entry(context);
}
#endif

#endif
