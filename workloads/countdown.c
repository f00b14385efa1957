/* SPDX-License-Identifier: MIT */
#include "workloads/countdown.h"

#include <errno.h>

/* x -> a x + c, applied `steps` times by squaring. */
uint64_t countdown_proof(uint64_t steps)
{
    uint64_t a = COUNTDOWN_A;
    uint64_t c = COUNTDOWN_C;
    uint64_t proof = 0;
    for (; steps > 0; steps >>= 1) {
        if (steps & 1) {
            proof = proof * a + c;
        }
        c = a * c + c;
        a = a * a;
    }
    return proof;
}

/* The compiler must take n as it finds it, so it keeps the loop. */
__attribute__((noinline)) bool countdown_run(struct exec *here, struct exec *ex,
                                             struct countdown *countdown,
                                             uint64_t iterations)
{
    uint64_t left = countdown->left;
    uint64_t proof = countdown->proof;
    uint64_t steps = countdown->steps;
    uint64_t end = left - iterations;
    bool go_on = true;
    while (left != end) {
        __asm__("" : "+r"(left));
        left--;
        proof = countdown_next(proof);
        exec_progress(ex, ++steps);
        if (unlikely(!exec_safepoint(here))) {
            go_on = false;
            break;
        }
    }
    *countdown = (struct countdown){left, proof, steps};
    return go_on;
}

void countdown_main(struct exec *ex, struct countdown *countdown, uint64_t from,
                    uint64_t yield_steps)
{
    uint64_t burst = yield_steps ? yield_steps : UINT64_MAX;
    uint64_t until_yield = burst;
    countdown->left = from;
    for (;;) {
        uint64_t n =
            countdown->left < until_yield ? countdown->left : until_yield;
        if (!countdown_run(ex, ex, countdown, n)) {
            return;
        }
        if (countdown->left == 0) {
            countdown->left = from;
        }
        until_yield -= n;
        if (until_yield == 0) {
            until_yield = burst;
            exec_yield(ex);
        }
    }
}

int countdown_verify(const struct workload_run *run, size_t index,
                     struct diag *diag)
{
    const struct countdown *countdown = run->task_state[index];
    uint64_t steps = workload_steps(run, index);
    if (countdown->steps != steps ||
        countdown->proof != countdown_proof(steps)) {
        return diag_set(diag, -EBADMSG, "task %zu did not make its %llu steps",
                        index, (unsigned long long)steps);
    }
    return 0;
}
