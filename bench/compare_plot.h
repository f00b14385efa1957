/* SPDX-License-Identifier: MIT */
/* A comparison as a forest plot. */
#pragma once

#include "plots/figure.h"

/* As figure_draw(); the files are called comparison.svg and so on, `name` is
 * not looked at. `document` is a checked comparison. */
int compare_plot(const struct figure_request *request, struct diag *diag);
