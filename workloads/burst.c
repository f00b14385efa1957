/* SPDX-License-Identifier: MIT */
#include "workloads/burst.h"

#include "workloads/countdown.h"

#define TRIAL_ITERATIONS 200000 /* 0.2 to 1 ms */
#define TRIALS_MAX       12
#define CONFIRMATIONS    2
#define CONFIRM_PERCENT  1

/* The loop of cpu_loop without its counting; stops early when the run is
 * over. The result proves the number of iterations. */
__attribute__((noinline)) uint64_t burst_compute(struct exec *ex,
                                                 uint64_t iterations)
{
    uint64_t proof = 0;
    for (uint64_t left = iterations; left > 0; left--) {
        __asm__("" : "+r"(left));
        proof = countdown_next(proof);
        if (unlikely(!exec_safepoint(ex))) {
            break;
        }
    }
    return proof;
}

/* A trial has a task's breaker word in front of it that nobody sets. */
static uint64_t trial_ns(void)
{
    struct exec ex = {0};
    uint64_t start_ns = clock_now_ns();
    uint64_t proof = burst_compute(&ex, TRIAL_ITERATIONS);
    uint64_t took_ns = clock_now_ns() - start_ns;
    return proof == countdown_proof(TRIAL_ITERATIONS) ? took_ns : UINT64_MAX;
}

/* The fastest trial, once two others came near it. */
static uint64_t calibrate_ns(void)
{
    uint64_t best_ns = UINT64_MAX;
    int confirmed = 0;
    for (int i = 0; i < TRIALS_MAX && confirmed < CONFIRMATIONS; i++) {
        uint64_t ns = trial_ns();
        if (ns < best_ns - best_ns / 100 * CONFIRM_PERCENT) {
            confirmed = 0;
        } else if (ns < best_ns + best_ns / 100 * CONFIRM_PERCENT) {
            confirmed++;
        }
        best_ns = ns < best_ns ? ns : best_ns;
    }
    return best_ns;
}

uint64_t burst_iterations(uint64_t cpu_ns)
{
    return cpu_ns ? cpu_ns * TRIAL_ITERATIONS / calibrate_ns() : 0;
}
