/* SPDX-License-Identifier: MIT */
/* A comparison as a forest plot. */
#pragma once

#include "bench/compare_row.h"
#include "plots/figure.h"
#include "plots/forest.h"

/* As figure_draw(); the files are called comparison.svg and so on, `name` is
 * not looked at. `document` is a checked comparison. */
int compare_plot(const struct figure_request *request, struct diag *diag);

/* A row as it is drawn, named without what is `shared` (compare_names.h; NULL:
 * in full); it needs a metric. The caller frees `label`. */
void compare_forest_row(const struct compare_row *row, const json_t *shared,
                        struct forest_row *ret);
