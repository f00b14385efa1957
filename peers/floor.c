/* SPDX-License-Identifier: MIT */
/*
 * The floor of a task with a stack: the least that a switch can do, inline in
 * the task's loop. The compiler is told that all registers are lost and saves
 * what is live; frame pointer and resume address are pushed, so that a task
 * that does not run is one word. No scheduler, no guard page, no control words
 * of the floating-point units, nothing for debuggers.
 *
 * Its asm is not that of harness/exec/stack_switch.h on purpose: what the
 * product gains or loses there must not move the floor. It writes below the
 * stack pointer, so the file is compiled without a red zone.
 */
#include "peers/ring.h"

#if defined(__x86_64__)

/* clang-format off */
PEER_INLINE struct ring_task *floor_swap(struct ring_task *from,
                                         struct ring_task *to)
{
    register struct ring_task *f __asm__("rdi") = from;
    register struct ring_task *t __asm__("rsi") = to;
    __asm__ volatile(
        "leaq 1f(%%rip), %%rdx\n\t"
        "pushq %%rbp\n\t"
        "pushq %%rdx\n\t"
        "movq %%rsp, %c[handle](%%rdi)\n\t"
        "movq %c[handle](%%rsi), %%rsp\n\t"
        "popq %%rdx\n\t"
        "popq %%rbp\n\t"
        "jmp *%%rdx\n"
        "1:"
        : "+r"(f), "+r"(t)
        : [handle] "i"(offsetof(struct exec, context))
        : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
          "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
          "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "cc", "memory");
    return t; /* whom the one that resumed this task was looking for */
}
/* clang-format on */

static struct ring ring;

__attribute__((noreturn)) static void floor_main(struct ring_task *task)
{
    ring_task_main(&ring, task, floor_swap);
    __builtin_unreachable();
}

/* Entered by `jmp` on an empty stack, with the task in rbp. */
__asm__(".text\n"
        ".p2align 4\n"
        ".type floor_entry, @function\n"
        "floor_entry:\n"
        ".cfi_startproc\n"
        ".cfi_undefined rip\n"
        "movq %rbp, %rdi\n"
        "xorl %ebp, %ebp\n"
        "call *floor_start(%rip)\n"
        "ud2\n"
        ".cfi_endproc\n"
        ".size floor_entry, . - floor_entry\n");
void floor_entry(void);
void (*floor_start)(struct ring_task *task) = floor_main;

static int floor_switch(struct peer_run *run, struct diag *diag)
{
    int rc = ring_init(&ring, run, diag);
    for (size_t i = 0; rc == 0 && i < run->work->tasks; i++) {
        size_t size;
        uintptr_t top = (uintptr_t)(ring_stack(&ring, run, i, &size) + size);
        void **frame = (void **)(top & ~(uintptr_t)15) - 2;
        frame[0] = (void *)floor_entry;
        frame[1] = ring.tasks[i]; /* rbp, until it has a frame */
        *ring_handle(ring.tasks[i]) = frame;
    }
    if (rc == 0 && peer_ready(run)) {
        ring_run(&ring, run->work->tasks, floor_swap);
    }
    return rc;
}

#define FLOOR_SWITCH floor_switch
#else
#define FLOOR_SWITCH NULL
#endif

static const char *floor_unavailable(void)
{
#if defined(__x86_64__) && !defined(STACK_SANITIZED)
    return NULL;
#elif defined(STACK_SANITIZED)
    return "a sanitizer is not told of its switches";
#else
    return "it is written for x86-64";
#endif
}

const struct peer peer_floor = {
    .unit = {.name = "floor",
             .summary = "tasks with stacks and an inline switch, nothing else: "
                        "what cannot be beaten",
             .unavailable = floor_unavailable},
    .work = {[NATIVE_SWITCH] = FLOOR_SWITCH},
};
