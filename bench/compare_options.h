/* SPDX-License-Identifier: MIT */
/* How a comparison is judged, as it stands in its document. */
#pragma once

#include "harness/record/summary.h"

#include <jansson.h>
#include <stdbool.h>

/* The margin of a cell's metric, as a ratio: 0.02 for 2 %. `options` is the
 * document's "comparison", `cell` one of its cells. */
double compare_margin(const json_t *options, const json_t *cell,
                      const char *metric);

/* Is the metric among those that are judged? */
bool compare_has_metric(const json_t *options, const char *metric);
