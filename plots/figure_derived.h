/* SPDX-License-Identifier: MIT */
/*
 * Metrics that no summary has and that follow from what every repetition says.
 * A figure names them like any other; the cell's value is the median over its
 * processes with the exact interval.
 *
 *   lock_wait_share   the part of their time that the threads wait for the
 *                     lock, 0 to 1
 *   least_served, most_served
 *                     the steps of the task with the fewest and of that with
 *                     the most, by the mean over the tasks
 */
#pragma once

#include "plots/pairs.h"

/* What a process of a cell says of it; NULL: it is none of these. */
pairs_value *figure_derived(const char *name);
