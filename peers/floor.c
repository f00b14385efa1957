/* SPDX-License-Identifier: MIT */
/*
 * The floor of a task with a stack: the bare work of a switch, inline in the
 * task's loop. The compiler is told that all registers are lost and saves what
 * is live; three words are stored and three loaded. No scheduler, no guard
 * page, no control words of the floating-point units, nothing for debuggers. It
 * is no bound: a ready ring that asks for memory ahead is quicker among many
 * tasks.
 *
 * Its asm is not that of harness/exec/stack_switch.h on purpose: what the
 * product gains or loses there must not move the floor.
 */
#include "peers/ring.h"

#if defined(__x86_64__) && defined(STACK_SWITCH_INLINE)

_Static_assert(sizeof(struct stack_context) >= 3 * sizeof(void *),
               "there is room for three words");

/* clang-format off */
PEER_INLINE struct ring_task *floor_swap(struct ring_task *from,
                                         struct ring_task *to)
{
    register struct ring_task *f __asm__("rsi") = from;
    register struct ring_task *t __asm__("rdi") = to;
    __asm__ volatile(
        "leaq 1f(%%rip), %%rdx\n\t"
        "movq %%rsp, %c[words](%%rsi)\n\t"
        "movq %%rbp, %c[words]+8(%%rsi)\n\t"
        "movq %%rdx, %c[words]+16(%%rsi)\n\t"
        "movq %c[words](%%rdi), %%rsp\n\t"
        "movq %c[words]+8(%%rdi), %%rbp\n\t"
        "jmp *%c[words]+16(%%rdi)\n"
        "1:"
        : "+r"(f), "+r"(t)
        : [words] "i"(offsetof(struct exec, context))
        : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
          "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
          "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "cc", "memory");
    return t; /* whom the one that resumed this task was looking for */
}
/* clang-format on */

static struct ring ring;

#define YIELD(task) floor_swap(task, ring_next(&ring, task))
NESTED_CHAINS(struct ring_task *, YIELD)

/* Begins fn(task) as if it had been called, by nobody: whoever is swapped to
 * finds itself in rdi, where a function has its first argument. */
PEER_INLINE void floor_enter(struct ring_task *task,
                             void (*fn)(struct ring_task *task))
{
    uintptr_t top = (uintptr_t)task & ~(uintptr_t)15;
    void **words = ring_handle(task);
    words[0] = (void **)top - 1;
    words[1] = NULL;
    words[2] = (void *)fn;
}

static void child_main(struct ring_task *child)
{
    ring_child_main(&ring, child, floor_swap);
}

static void enter_child(struct ring_task *child)
{
    floor_enter(child, child_main);
}

static void spawner_main(struct ring_task *task)
{
    ring_spawner_main(&ring, task, floor_swap, enter_child, ring_fresh_child);
}

static void task_main(struct ring_task *task)
{
    ring_task_main(&ring, task, floor_swap, nested_chains);
}

static int floor_run(struct peer_run *run, struct diag *diag,
                     void (*fn)(struct ring_task *task))
{
    int rc = ring_init(&ring, run, diag);
    for (size_t i = 0; rc == 0 && i < run->work->tasks; i++) {
        floor_enter(ring.tasks[i], fn);
    }
    if (rc == 0 && peer_ready(run)) {
        ring_run(&ring, run->work->tasks, floor_swap);
    }
    return rc;
}

static int floor_switch(struct peer_run *run, struct diag *diag)
{
    return floor_run(run, diag, task_main);
}

static int floor_spawn(struct peer_run *run, struct diag *diag)
{
    return floor_run(run, diag, spawner_main);
}

#define FLOOR_WORK [NATIVE_SWITCH] = floor_switch, [NATIVE_SPAWN] = floor_spawn
#else
#define FLOOR_WORK [NATIVE_NONE] = NULL
#endif

static const char *floor_unavailable(void)
{
#if defined(__x86_64__) && defined(STACK_SWITCH_INLINE)
    return peer_switches_unseen();
#else
    return "it is written for x86-64 and the inline switch";
#endif
}

const struct peer peer_floor = {
    .unit = {.name = "floor",
             .summary = "tasks with stacks and an inline switch: the bare work "
                        "without a scheduler",
             .unavailable = floor_unavailable},
    .work = {FLOOR_WORK},
};
