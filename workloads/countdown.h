/* SPDX-License-Identifier: MIT */
/*
 * The classic CPU-bound loop, `while n > 0: n -= 1`, again and again: one
 * step is one iteration, and every iteration ends with a safepoint, as the
 * backward jump of an interpreter's loop does. The sum of all values that n
 * went through proves that no iteration was left out.
 */
#pragma once

#include "harness/exec/workload.h"
#include "workloads/verify.h"

#include <errno.h>

struct countdown {
    uint64_t left; /* n */
    uint64_t sum;
    uint64_t steps;
};

/* At most `iterations` more of the current countdown. False: the run is over.
 * The compiler must take n as it finds it, so it cannot sum in one go. */
static inline bool countdown_run(struct exec *ex, struct countdown *countdown,
                                 uint64_t iterations)
{
    uint64_t left = countdown->left;
    uint64_t sum = countdown->sum;
    uint64_t steps = countdown->steps;
    uint64_t end = left - iterations;
    bool go_on = true;
    while (left != end && go_on) {
        __asm__("" : "+r"(left));
        sum += left;
        left--;
        exec_progress(ex, ++steps);
        go_on = exec_safepoint(ex);
    }
    *countdown = (struct countdown){left, sum, steps};
    return go_on;
}

/* Counts down from `from` until the run is over, with a yield every
 * `yield_steps` steps (0: never). The loop above is the same in both cases. */
static inline void countdown_main(struct exec *ex, struct countdown *countdown,
                                  uint64_t from, uint64_t yield_steps)
{
    uint64_t burst = yield_steps ? yield_steps : UINT64_MAX;
    uint64_t until_yield = burst;
    countdown->left = from;
    for (;;) {
        uint64_t n =
            countdown->left < until_yield ? countdown->left : until_yield;
        if (!countdown_run(ex, countdown, n)) {
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

/* The sum after `steps` steps, modulo 2^64. */
static inline uint64_t countdown_sum(uint64_t from, uint64_t steps)
{
    uint64_t whole = steps / from;
    uint64_t rest = steps % from;
    unsigned __int128 one = (unsigned __int128)from * (from + 1) / 2;
    unsigned __int128 part = (unsigned __int128)rest * from -
                             (unsigned __int128)rest * (rest - (rest > 0)) / 2;
    return (uint64_t)(whole * one + part);
}

static inline int countdown_verify(const struct workload_run *run, size_t index,
                                   uint64_t from, struct diag *diag)
{
    const struct countdown *countdown = run->task_state[index];
    uint64_t steps = workload_steps(run, index);
    if (countdown->steps != steps ||
        countdown->sum != countdown_sum(from, steps)) {
        return diag_set(diag, -EBADMSG,
                        "task %zu: the sum of %llu steps is wrong", index,
                        (unsigned long long)steps);
    }
    return 0;
}
