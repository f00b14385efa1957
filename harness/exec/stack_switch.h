/* SPDX-License-Identifier: MIT */
/*
 * Switching from one stack to another, inline.
 *
 * The compiler is told that every register is lost, so it saves just those
 * that are live at the call site; the switch itself stores stack pointer,
 * frame pointer and resume address and leaves by a jump: no call and no return,
 * so the return-stack predictor of the CPU stays balanced. (The idea:
 * libfringe, PhotonLibOS.)
 *
 * The red zone of x86-64, 128 bytes below the stack pointer in which a function
 * that calls nobody keeps its variables, is safe: the switch pushes nothing,
 * so it writes nothing below the stack pointer of the function it is inlined
 * into, and while that function is away nobody else runs on its stack. A
 * signal's frame goes to the stack that is run on, below its red zone.
 *
 * The control words of the floating-point units (rounding, exceptions) are
 * switched only with -Dfp_control=true; otherwise a task must leave them as it
 * found them.
 *
 * One switch for all builds: sanitizers are told in stack_watch.h. On machines
 * without an inline switch, and with -Ducontext=true: ucontext, out of line
 * (runtime/sched/stack_ucontext.c).
 */
#pragma once

#include "harness/base/cacheline.h"
#include "harness/exec/stack_watch.h"

#include <stdint.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(GILBENCH_UCONTEXT)
#define STACK_SWITCH_INLINE 1
#endif

#ifdef STACK_SWITCH_INLINE

/* Where a stack is gone on with. The assembly below knows the offsets of the
 * first three, and tools/gdb_tasks.py their names. */
struct stack_context {
    void *sp;
    void *fp;
    void *pc;
#ifdef GILBENCH_FP_CONTROL
    uint64_t fp_control; /* x86-64: MXCSR, then the x87 control word */
#endif
#ifdef STACK_WATCHED
    struct stack_watch watch;
#endif
};

#if defined(__x86_64__)

#ifdef GILBENCH_FP_CONTROL
#define STACK_KEEP_FP_CONTROL                                                  \
    "stmxcsr 24(%%rdi)\n\t"                                                    \
    "fnstcw 28(%%rdi)\n\t"                                                     \
    "ldmxcsr 24(%%rsi)\n\t"                                                    \
    "fldcw 28(%%rsi)\n\t"
#else
#define STACK_KEEP_FP_CONTROL ""
#endif

#ifdef __AVX512F__
#define STACK_MORE_REGISTERS                                                   \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",  \
        "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30",         \
        "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define STACK_MORE_REGISTERS
#endif

/* clang-format off */
static inline __attribute__((always_inline)) struct stack_context *
stack_jump(struct stack_context *from, struct stack_context *to)
{
    __asm__ volatile(
        "leaq 1f(%%rip), %%rax\n\t"
        "movq %%rsp, 0(%%rdi)\n\t"
        "movq %%rbp, 8(%%rdi)\n\t"
        "movq %%rax, 16(%%rdi)\n\t"
        STACK_KEEP_FP_CONTROL
        "movq 16(%%rsi), %%rax\n\t"
        "movq 0(%%rsi), %%rsp\n\t"
        "movq 8(%%rsi), %%rbp\n\t"
        "jmp *%%rax\n"
        "1:\n\t"
        : "+D"(from), "+S"(to)
        :
        : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
          "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
          "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",
          "st(7)", "cc", "memory" STACK_MORE_REGISTERS);
    return to;
}
/* clang-format on */

#else /* aarch64 */

#ifdef GILBENCH_FP_CONTROL
#define STACK_KEEP_FP_CONTROL                                                  \
    "mrs x9, fpcr\n\t"                                                         \
    "str x9, [x0, #24]\n\t"                                                    \
    "ldr x9, [x1, #24]\n\t"                                                    \
    "msr fpcr, x9\n\t"
#else
#define STACK_KEEP_FP_CONTROL ""
#endif

#ifdef __ARM_FEATURE_SVE
#define STACK_MORE_REGISTERS                                                   \
    , "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10",       \
        "p11", "p12", "p13", "p14", "p15", "ffr"
#else
#define STACK_MORE_REGISTERS
#endif

/* `hint #36` lets an indirect jump land here where the CPU asks for that. */
/* clang-format off */
static inline __attribute__((always_inline)) struct stack_context *
stack_jump(struct stack_context *from, struct stack_context *to)
{
    register struct stack_context *f __asm__("x0") = from;
    register struct stack_context *t __asm__("x1") = to;
    __asm__ volatile(
        "adr x9, 1f\n\t"
        "mov x10, sp\n\t"
        "stp x10, x29, [x0]\n\t"
        "str x9, [x0, #16]\n\t"
        STACK_KEEP_FP_CONTROL
        "ldp x10, x29, [x1]\n\t"
        "ldr x16, [x1, #16]\n\t"
        "mov sp, x10\n\t"
        "br x16\n"
        "1:\n\t"
        "hint #36\n\t"
        : "+r"(f), "+r"(t)
        :
        : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
          "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22",
          "x23", "x24", "x25", "x26", "x27", "x28", "x30", "v0", "v1", "v2",
          "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
          "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
          "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc",
          "memory" STACK_MORE_REGISTERS);
    return t;
}
/* clang-format on */

#endif

/* How many bytes of a stack are in use that ends where its context stands. */
static inline size_t stack_depth(const struct stack_context *context)
{
    return (size_t)((const char *)context - (const char *)context->sp);
}

/* Asks for the frame that is gone on with and those above it, so many lines of
 * the cache. */
static inline __attribute__((always_inline)) void stack_prefetch(
    const struct stack_context *context, size_t lines)
{
    const char *sp = context->sp;
    for (size_t i = 0; i < lines; i++) {
        __builtin_prefetch(sp + i * CACHELINE, 1);
    }
}

#ifdef GILBENCH_FP_CONTROL
static inline uint64_t stack_fp_control(void)
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

/* Before a stack is gone on with for somebody else than before: it gets the
 * control words of the one that runs, as a new one does. */
static inline void stack_context_renew(struct stack_context *context)
{
#ifdef GILBENCH_FP_CONTROL
    context->fp_control = stack_fp_control();
#endif
    (void)context;
}

/*
 * Leaves the stack that is run on and goes on with `to`. Returns when somebody
 * switches to `from`, and then `from`: out of the register in which that one
 * had it. The caller's own copy is in its frame, and where that is the CPU
 * learns later; with it the next switch would have to wait.
 */
static inline __attribute__((always_inline)) struct stack_context *stack_switch(
    struct stack_context *from, struct stack_context *to)
{
#ifdef STACK_WATCHED
    stack_watch_leave(&from->watch, &to->watch);
    stack_jump(from, to);
    stack_watch_return(&from->watch);
    return from;
#else
    return stack_jump(from, to);
#endif
}

#else

struct stack_context {
    void *state; /* a ucontext_t, owned by the context */
    stack_entry_fn *entry;
#ifdef STACK_WATCHED
    struct stack_watch watch;
#endif
};

static inline size_t stack_depth(const struct stack_context *context)
{
    (void)context;
    return 0;
}

static inline void stack_prefetch(const struct stack_context *context,
                                  size_t lines)
{
    (void)context;
    (void)lines;
}

static inline void stack_context_renew(struct stack_context *context)
{
    (void)context;
}

struct stack_context *stack_switch(struct stack_context *from,
                                   struct stack_context *to);

#endif
