/* SPDX-License-Identifier: MIT */
/*
 * The classic CPU-bound loop, `while n > 0: n -= 1`, again and again: one
 * step is one iteration, and every iteration ends with a safepoint, as the
 * backward jump of an interpreter's loop does.
 *
 * Each iteration also takes a step of a linear congruential generator, which
 * proves in the end that none was left out. The next iteration needs its
 * result, so the loop runs at the latency of a multiplication and an addition
 * (about 1.1 ns) and not at the width of the CPU. That is on purpose: over 25
 * processes on a shared virtual machine, the bare countdown (0.3 ns) varied by
 * a factor of 2 with what the neighbours on the same core did, this one by
 * 5 %.
 */
#pragma once

#include "harness/exec/workload.h"

/* Knuth's MMIX. */
#define COUNTDOWN_A UINT64_C(6364136223846793005)
#define COUNTDOWN_C UINT64_C(1442695040888963407)

struct countdown {
    uint64_t left; /* n */
    uint64_t proof;
    uint64_t steps;
};

static inline uint64_t countdown_next(uint64_t proof)
{
    return proof * COUNTDOWN_A + COUNTDOWN_C;
}

/* What `proof` must be after `steps` iterations from 0. */
uint64_t countdown_proof(uint64_t steps);

/* At most `iterations` more of the current countdown, at most `left`. False:
 * the run is over. Polls the safepoint of `here`, and publishes each step for
 * `ex`; the two are one but in a job (exec_offload). */
bool countdown_run(struct exec *here, struct exec *ex,
                   struct countdown *countdown, uint64_t iterations);

/* Counts down from `from` until the run is over, with a yield every
 * `yield_steps` steps (0: never); publishes each step. */
void countdown_main(struct exec *ex, struct countdown *countdown, uint64_t from,
                    uint64_t yield_steps);

/* Holds the steps that task `index` published to its proof. */
int countdown_verify(const struct workload_run *run, size_t index,
                     struct diag *diag);
