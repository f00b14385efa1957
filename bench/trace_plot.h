/* SPDX-License-Identifier: MIT */
/* A stored trace as a picture. */
#pragma once

#include "plots/figure.h"

/* As figure_draw(); `document` is what `gilbench trace` has written, and the
 * files are called timeline.svg and so on. -EINVAL: it is something else, or
 * has several cells. */
int trace_plot(const struct figure_request *request, struct diag *diag);
