/* SPDX-License-Identifier: MIT */
/*
 * One cross product of cells: an experiment of a plan with what the command
 * line replaces in it, or the command line by itself.
 */
#pragma once

#include "bench/plan.h"
#include "bench/select.h"

#define EXPERIMENT_CELLS_MAX 100000 /* in a whole run; more is a slip */

/* The values of one parameter. */
struct experiment_set {
    char *key;
    char **values; /* as text */
    size_t n;
    bool option; /* from --set: it must fit something selected */
    bool shared; /* from the plan's top: it must fit some experiment */
    bool used;   /* a cell of this experiment has the parameter */
};

struct experiment {
    char *source; /* "quick: /experiments/2" for messages; NULL: options */
    struct selection workload;
    struct selection model;
    struct selection lock;
    struct selection placement; /* without globs */
    size_t *tasks;
    size_t n_tasks;
    struct experiment_set *sets;
    size_t n_sets;
    unsigned reps;
    unsigned slices;
    unsigned slice_ms;
};

/* What the command line says on top of plans, parsed once. */
struct experiment_options {
    const struct plan_request *request;
    struct selection workload;
    struct selection model;
    struct selection lock;
    struct selection placement;
    size_t *tasks;
    size_t n_tasks;
    struct experiment_set *sets;
    size_t n_sets;
};

/* Parses and checks names, numbers and the form of --set. */
int experiment_options_parse(const struct plan_request *request,
                             struct experiment_options *ret, struct diag *diag);
void experiment_options_deinit(struct experiment_options *options);

/* Experiment `index` of a plan that passed its schema. */
int experiment_read(const json_t *plan, size_t index, const char *source,
                    const struct experiment_options *options,
                    struct experiment *ret, struct diag *diag);
/* The product of the options alone. */
int experiment_from_options(const struct experiment_options *options,
                            struct experiment *ret, struct diag *diag);
void experiment_deinit(struct experiment *experiment);

/* Cells under construction. */
struct expansion {
    struct experiment_options *options;
    bool filter; /* the options select among the cells */
    bool check;  /* the cells are not for running: no library is tried */
    const json_t *blocks; /* the keys of the plan's; NULL: it has none */
    struct cell *cells;
    size_t n;
    json_t *seen; /* ids */
};

/* Why a resolved cell cannot run on this machine, or NULL; the caller frees. */
char *experiment_skip_reason(const struct cell *cell);

/* Adds an experiment's cells. */
int experiment_expand(struct experiment *experiment,
                      struct expansion *expansion, struct diag *diag);
