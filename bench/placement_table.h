/* SPDX-License-Identifier: MIT */
/* What placements do with tasks and load generators, as tables for a person. */
#pragma once

#include "harness/topology/topology.h"

#include <stdio.h>

struct placement_rows {
    const char *const *names; /* placements that placement_check() accepted */
    size_t n;
    const size_t *tasks; /* one row each */
    size_t n_tasks;
};

/* A row a placement and number of tasks: the PUs, that of task 0 first. */
void placement_table_tasks(const struct topology *topology,
                           const struct placement_rows *rows, FILE *out);

/* A row a placement for every workload that has a load generator: its PU, and
 * those left to the tasks; for the last number of tasks. */
void placement_table_generators(const struct topology *topology,
                                const struct placement_rows *rows, FILE *out);
