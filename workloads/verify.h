/* SPDX-License-Identifier: MIT */
/* Checks that several workloads share. */
#pragma once

#include "harness/exec/workload.h"

#include <errno.h>

/* All primary tasks' steps, warm-up and drain included. */
static inline uint64_t verify_sum_steps(const struct workload_run *run)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < run->tasks; i++) {
        sum += workload_steps(run, i);
    }
    return sum;
}

/* One task without a turn is a result; none with one is a mistake. */
static inline int verify_some_steps(const struct workload_run *run,
                                    struct diag *diag)
{
    return verify_sum_steps(run) > 0
               ? 0
               : diag_set(diag, -EBADMSG, "no task made a step");
}
