/* SPDX-License-Identifier: MIT */
/*
 * Switching from one stack to another, inline.
 *
 * x86-64: the compiler is told that every register is lost, so it saves just
 * those that are live at the call site; the switch itself stores stack
 * pointer, frame pointer and resume address and leaves by `jmp`: no call, no
 * ret, so the return-stack predictor of the CPU stays balanced. It pushes
 * nothing, hence it does not write into the red zone of the function it is
 * inlined into. (The idea: libfringe, PhotonLibOS.) The control words of SSE
 * and x87 are not switched: tasks must leave them as they found them.
 *
 * Elsewhere, and under sanitizers, which must be told of every switch:
 * ucontext, out of line (runtime/sched/stack_switch.c).
 */
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && !defined(STACK_SANITIZED) &&                        \
    !defined(GILBENCH_UCONTEXT)
#define STACK_SWITCH_INLINE 1
#endif

#ifdef STACK_SWITCH_INLINE

struct stack_context {
    void *sp;
    void *fp;
    void *pc;
};

/* clang-format off */
static inline __attribute__((always_inline)) void
stack_switch(struct stack_context *from, struct stack_context *to)
{
    register void *f __asm__("rdi") = from;
    register void *t __asm__("rsi") = to;
    __asm__ volatile(
        "leaq 1f(%%rip), %%rax\n\t"
        "movq %%rsp, 0(%%rdi)\n\t"
        "movq %%rbp, 8(%%rdi)\n\t"
        "movq %%rax, 16(%%rdi)\n\t"
        "movq 16(%%rsi), %%rax\n\t"
        "movq 0(%%rsi), %%rsp\n\t"
        "movq 8(%%rsi), %%rbp\n\t"
        "jmp *%%rax\n"
        "1:\n\t"
        : "+r"(f), "+r"(t)
        :
        : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
          "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
          "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "cc", "memory");
}
/* clang-format on */

#else

struct stack_context {
    void *state; /* struct ucontext_stack, owned by the context */
};

void stack_switch(struct stack_context *from, struct stack_context *to);

#endif
