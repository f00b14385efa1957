/* SPDX-License-Identifier: MIT */
/* One pair of processes. */
#pragma once

#include "bench/cell_process.h"
#include "bench/compare.h"
#include "harness/base/rng.h"

/* How to start the sides' processes. */
struct compare_programs {
    struct cell_process side[COMPARE_SIDES];
};

/*
 * Both sides of a cell, one after the other in random order; or at the same
 * time on two PUs, exchanged from one round to the next. Of each side {status,
 * reason, process_s, values: {metric: [a value a slice, or one]}}. `ret` is
 * NULL when it was interrupted.
 */
int compare_pair(struct compare_programs *programs,
                 const struct compare_cell *cell, size_t round, struct rng *rng,
                 const int pus[2], json_t **ret, struct diag *diag);

/* The reason if a side of the pair was lost, or NULL. */
const char *compare_pair_lost(const json_t *pair, const char **ret_role,
                              const char **ret_status);
