/* SPDX-License-Identifier: MIT */
/* Pictures that `gilbench plot` makes of other documents than results. */
#pragma once

#include "plots/figure.h"

/* Writes one picture to `out`. */
typedef int plot_draw(const void *picture, enum figure_format format, FILE *out,
                      struct diag *diag);

/* Draws it in all formats of the request, as files called `name` in its
 * folder, or as text where that is wanted on `term`. */
int plot_store(const struct figure_request *request, const char *name,
               plot_draw *draw, const void *picture, struct diag *diag);
