/* SPDX-License-Identifier: MIT */
/*
 * A run under way: what the workload sees of it, what the model calls, and what
 * the controller reads. Where the model runs tasks in other processes, the
 * stage and the tasks' state are in memory that these share.
 */
#pragma once

#include "harness/cell/cell.h"
#include "harness/cell/usage.h"
#include "harness/measure/switches.h"

struct stage {
    const struct cell *cell;
    struct workload_run run;
    struct exec_run *exec_run;
    _Atomic uint32_t phase;
    size_t total;            /* tasks, background ones included */
    char *task_memory;       /* of all tasks' state, where processes share it */
    size_t task_stride;      /* bytes of each task's state */
    struct exec_stats stats; /* as they were at the end of the window */
};

struct stage *stage_new(const struct cell *cell);
void stage_free(struct stage *stage);

/* The part of a setup by which the model calls the workload. */
void stage_set_up(struct stage *stage, struct exec_setup *setup);

/* Of this process and of the workers, if the model has any. */
uint64_t stage_read_cpu_ns(const struct stage *stage);
/* Context switches of threads that run tasks. */
void stage_read_switches(const struct stage *stage, struct switches *ret);
void stage_read_memory(const struct stage *stage, struct usage_memory *ret);
