/* SPDX-License-Identifier: MIT */
/*
 * The cells that a table of a figure takes from a document, each with the
 * panel and the line it belongs to.
 *
 * A line joins only cells that are alike in everything but x. What the .gp
 * file prefers (`prefer:`) is taken where a line would otherwise mix it with
 * something else; whatever still differs makes lines (or panels) of their own
 * and is named in their labels.
 */
#pragma once

#include "plots/figure_spec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define FIGURE_LABEL 192

struct figure_pick {
    const json_t *cell;
    double x;   /* NAN: the table has no such axis */
    double row; /* winner tables only */
    char facet[FIGURE_LABEL];
    char series[FIGURE_LABEL];
    size_t facet_group; /* equal facet before splitting */
    size_t group;       /* equal facet and series before splitting */
    bool dropped;       /* something preferred took its place */
};

struct figure_picks {
    size_t n;
    struct figure_pick *all;
};

/* Fills `ret`; the cells stay the document's. Free with figure_picks_free(). */
void figure_picks_make(const struct figure_table *table, const json_t *cells,
                       struct figure_picks *ret);
void figure_picks_free(struct figure_picks *picks);
