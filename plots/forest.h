/* SPDX-License-Identifier: MIT */
/* A forest plot: a row a comparison, its ratio with interval, the margin as a
 * band (forest.gp). */
#pragma once

#include "harness/base/diag.h"
#include "plots/figure.h"

/* More rows make the picture unreadable; the worst come first. */
#define FOREST_ROWS 60

enum forest_kind {
    FOREST_WORSE,
    FOREST_UNCLEAR,
    FOREST_SAME,
    FOREST_BETTER,
    FOREST_KINDS,
};

struct forest_row {
    char *label;
    char change[32]; /* in words, stands at the right */
    double pct;      /* of change, above 0 is worse; NAN: none */
    double low, high;
    double margin_pct;
    enum forest_kind kind;
};

struct forest {
    const char *title;
    const char *subtitle;
    const char *caption;
    const char *kinds[FOREST_KINDS]; /* what they are called */
    const struct forest_row *rows;
    size_t n;
    const char *gnuplot; /* from gnuplot_find() */
};

/* Writes the picture in one format. -ENODATA: there is no row. */
int forest_draw(const struct forest *forest, enum figure_format format,
                FILE *out, struct diag *diag);

/* SVG for a place inside an HTML page; all its ids begin with `id`. */
int forest_draw_inline(const struct forest *forest, const char *id, FILE *out,
                       struct diag *diag);

/* The picture as a file, put there when it is whole. */
int forest_save(const struct forest *forest, enum figure_format format,
                const char *path, struct diag *diag);
