/* SPDX-License-Identifier: MIT */
/*
 * A cell: workload x execution model (x lock policy) x tasks x placement,
 * resolved: every parameter has a value and every task has its PU.
 */
#pragma once

#include "harness/exec/exec_model.h"
#include "harness/exec/workload.h"

struct cell {
    char *id; /* see cell_id() */
    const struct workload *workload;
    const struct exec_model *model;
    const struct unit *lock; /* NULL where the model takes none */
    size_t tasks;
    char *placement; /* as given: "per_core", "pus=0+2-3" */
    struct params params;
    char *block; /* what stands together in each round (bench/block.h), or NULL
                  */
    unsigned reps;
    unsigned slices;
    unsigned slice_ms;
    size_t trace_events; /* room for each task's; 0: no trace is taken */

    /* Filled by placement, before the first repetition. */
    size_t background;
    int *pus; /* tasks + background entries */
    int generator_pu;
    size_t places;       /* different PUs that the placement offers */
    bool oversubscribed; /* more tasks than places */
    bool generator_shared;

    /* Why it cannot run (then it is skipped), or NULL. */
    char *skip;
};

/* Parameters that every cell has (timer_slack_ns, warmup_ms,
 * inject_permille). */
extern const struct param cell_params[];

/* Fills `params` with the union of the tables of the cell's units. */
void cell_params_init(struct params *params, const struct workload *workload,
                      const struct exec_model *model, const struct unit *lock);

/* "cpu_loop/gil_threads:cpython3/tasks=4/placement=per_core", then every
 * parameter that differs from its default, sorted: "/switch_interval_us=500".
 * The caller frees. */
char *cell_id(const struct cell *cell);

/* Why it would be wrong to run it: its tasks must exclude each other, there are
 * several, background ones included, and the model (with this lock) lets them
 * run at the same time. NULL: it would not. The caller frees. */
char *cell_unsafe(const struct cell *cell);

/* Why workload, model and parameters do not go together, safe or not, or
 * NULL. The caller frees. */
char *cell_impossible(const struct cell *cell);

/* Frees what the cell owns; fine with a zeroed one. */
void cell_deinit(struct cell *cell);

/* Why this build cannot run that many tasks, or NULL. */
const char *cell_too_many_tasks(size_t tasks);

/* Wall time of one repetition as planned: warm-up and slices, seconds. */
double cell_seconds(const struct cell *cell);
