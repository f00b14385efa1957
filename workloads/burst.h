/* SPDX-License-Identifier: MIT */
/*
 * A burst of computing that takes a given time when it is alone on its PU.
 *
 * It is a number of iterations, not a time: work that ends by the clock would
 * become less whenever its thread is preempted, and every model would look
 * alike. The number is taken from the fastest of several trials that two
 * others confirm, because noise can only make a trial slower.
 */
#pragma once

#include "harness/exec/workload.h"

/* How many iterations make `cpu_ns` here, on the calling thread's PU. Takes
 * up to 12 ms; call it in prepare. */
uint64_t burst_iterations(uint64_t cpu_ns);

/* Computes, with a safepoint in every iteration; stops early when the run is
 * over. Returns countdown_proof(iterations) unless it stopped early. */
uint64_t burst_compute(struct exec *ex, uint64_t iterations);
