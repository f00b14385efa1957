/* SPDX-License-Identifier: MIT */
/* Choosing the cells of `gilbench trace`, and running them. */
#pragma once

#include "bench/plan.h"
#include "bench/trace.h"

struct trace_request {
    struct plan_request plan; /* for ids only: slices, slice_ms, sets */
    char *const *ids;
    size_t n_ids;
    unsigned events; /* room for each lane; 0: what is usual */
};

/* More are too many to look at. */
#define TRACE_CELLS_MAX 64

struct trace_cells {
    struct cell *cells;
    size_t n;
};

/* Resolved and placed. -EINVAL: there is none, or one that has no trace; those
 * which a list reaches besides are left out with a line on stderr. */
int trace_select(const struct trace_request *request, struct trace_cells *ret,
                 struct diag *diag);
void trace_cells_deinit(struct trace_cells *cells);

/* One repetition without a trace, and one with it. Says on stderr what a
 * person should know of it. */
int trace_cell(const struct cell *cell, struct traced *ret, struct diag *diag);
