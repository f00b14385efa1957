/* SPDX-License-Identifier: MIT */
/* Gives the tasks of resolved cells their PUs. */
#pragma once

#include "harness/cell/cell.h"
#include "harness/topology/placement.h"

/* Fills background, pus, generator_pu and what goes with them. A cell whose
 * placement cannot be had here becomes a skipped one. */
void place_cells(struct cell *cells, size_t n, const struct topology *topology);

/* What the workload's descriptor asks for, in the words of the topology. */
enum placement_generator place_generator_rule(enum workload_generator wish);
