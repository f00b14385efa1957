/* SPDX-License-Identifier: MIT */
/*
 * From what was asked for (plans and options) to an array of cells.
 *
 * A plan file is data: experiments that each span a cross product. Options
 * either select among a plan's cells (workload, model, lock, placement) or
 * replace values (tasks, reps, slices, slice_ms, set, budget). Without a plan
 * the options themselves span the product. Cells stand in plan order; a cell
 * that appears twice is run once, as at its first place.
 *
 * Names on the command line are held to account: an unknown one, or one that
 * cannot run here, is -EINVAL before anything starts. The same reached through
 * a plan or a glob is a cell with `skip` set. Which PUs a cell's tasks get is
 * settled afterwards (bench/place.h).
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/cell/cell.h"
#include "harness/topology/topology.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* A task needs at least one touched page of stack, 4 GiB at this number:
 * beyond it a cell would measure the machine's swap. */
#define PLAN_TASKS_MAX 1000000
/* The exact interval is as good as it gets long before, and one repetition is
 * one process. */
#define PLAN_REPS_MAX     10000
#define PLAN_SLICES_MAX   1000
#define PLAN_SLICE_MS_MAX 60000

/* What was asked for, as text from the command line; NULL or 0 = not given.
 * The strings belong to the caller. */
struct plan_request {
    const char *const *plans; /* names of built-in plans, or files */
    size_t n_plans;
    const char *workload; /* comma lists of names or globs */
    const char *model;
    const char *lock;
    const char *placement;
    const char *tasks;       /* comma list of numbers */
    const char *const *sets; /* each "key=value" or "key=value,value" */
    size_t n_sets;
    unsigned reps;
    unsigned slices;
    unsigned slice_ms;
    double budget_s;   /* nothing is begun that would end later */
    const char *shard; /* "I/N": every N-th cell, starting with the I-th */
};

struct plan {
    char *name; /* "quick", "quick+mine", or NULL without a plan */
    struct cell *cells;
    size_t n;
    size_t of_all; /* cells before the shard was cut out */
    /* The request's, else the plans' own together; 0: no limit. */
    double budget_s;
    /* Of all cells as resolved, with their blocks, before the shard is cut
     * out: two documents with the same digest measured the same thing. */
    char digest[17];
};

/* `ret` is freed by plan_deinit; untouched on failure. */
int plan_resolve(const struct plan_request *request,
                 const struct topology *topology, struct plan *ret,
                 struct diag *diag);
void plan_deinit(struct plan *plan);

/* The "plan" object of a result document. */
json_t *plan_to_json(const struct plan *plan,
                     const struct plan_request *request, uint64_t seed);

/* Checks one plan by itself: schema, names, keys, values. `json` is the parsed
 * file, `source` its name for messages. For `validate`. */
int plan_check(const json_t *json, const char *source, struct diag *diag);
