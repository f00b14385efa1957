/* SPDX-License-Identifier: MIT */
#include "bench/estimate.h"

/* Measured with `gilbench run quick`: `overhead_s` of its repetitions, and
 * what the run took beyond them. */
#define PROCESS_S    0.013 /* start, prepare, verify, exit; keep the document */
#define PER_THREAD_S 90e-6 /* make, bind, join */
#define PER_TASK_S   5e-6  /* the same on a loop */
#define GENERATOR_S  0.004 /* fork, connect, drain */

double estimate_seconds(const struct cell *cell)
{
    double tasks = (double)(cell->tasks + cell->background);
    double per_task = cell->model->on_loops ? PER_TASK_S : PER_THREAD_S;
    double seconds = cell_seconds(cell) + PROCESS_S + tasks * per_task;
    if (cell->workload->generator != GENERATOR_NONE) {
        seconds += GENERATOR_S;
    }
    return seconds;
}
