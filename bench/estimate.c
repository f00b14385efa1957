/* SPDX-License-Identifier: MIT */
#include "bench/estimate.h"

/* Measured with `gilbench run quick`, `overhead_s` of its repetitions. */
#define PROCESS_S    0.012 /* start, prepare, verify, exit */
#define PER_THREAD_S 40e-6 /* make, bind, join */
#define GENERATOR_S  0.02  /* fork, connect, drain */

double estimate_seconds(const struct cell *cell)
{
    double threads = (double)(cell->tasks + cell->background);
    double seconds = cell_seconds(cell) + PROCESS_S + threads * PER_THREAD_S;
    if (cell->workload->generator != GENERATOR_NONE) {
        seconds += GENERATOR_S;
    }
    return seconds;
}
