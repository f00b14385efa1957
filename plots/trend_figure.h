/* SPDX-License-Identifier: MIT */
/* Series over stored runs as a picture: a panel each, with the interval as a
 * band and the levels as steps (trend.gp). */
#pragma once

#include "harness/base/diag.h"
#include "harness/measure/change_points.h"

#include <jansson.h>
#include <stdio.h>

#define TREND_FIGURE_PANELS 12

struct trend_panel {
    const char *title; /* a cell's name; any text */
    const char *metric;
    const char *unit;
    const char *zeros; /* which points are 0, in words; empty: none */
    const size_t *run; /* by point: the index of the run */
    const double *median;
    const double *low; /* NAN: none */
    const double *high;
    size_t n; /* at least 1 */
    const struct change_point *changes;
    size_t n_changes;
};

struct trend_figure {
    const struct trend_panel *panels;
    size_t n; /* at most TREND_FIGURE_PANELS */
    size_t left_out;
    const json_t *runs;     /* with "date" and "commit" */
    const json_t *warnings; /* with "message" */
    const char *gnuplot;    /* from gnuplot_find() */
};

/* The level of `n` points, at least 1: the median of those above 0, which is
 * what changes are sought among, or 0 where they are not the most. */
double trend_figure_level(const double *median, size_t n);

/* Writes the SVG. */
int trend_figure_draw(const struct trend_figure *figure, FILE *out,
                      struct diag *diag);
