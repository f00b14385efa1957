/* SPDX-License-Identifier: MIT */
/*
 * What a figure shows, taken from a result document: panels, lines of points
 * (blocks), the legend they share, and notes on what could not be shown.
 */
#pragma once

#include "harness/base/diag.h"
#include "plots/figure_pick.h"
#include "plots/figure_spec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FIGURE_TEXTS   5
#define FIGURE_LEGENDS 16

/* Where the interval of a ratio lies; of `goal` tables: below or at 1, across
 * it, above. */
enum figure_verdict {
    FIGURE_WITHIN,  /* wholly within 10 % of 1 */
    FIGURE_OPEN,    /* reaches over an end of it, or is not known */
    FIGURE_OUTSIDE, /* wholly outside */
    FIGURE_HEADING, /* no ratio: the row names those that follow */
};

/* NAN: not known. */
struct figure_row {
    double x;
    double y;
    double low;
    double high;
    double place; /* front: where its name stands, on the y axis */
    double mark;  /* percentiles: 1 = a named one; winner: the ratio to the
                   * second, 0 = unclear; versus: enum figure_verdict; front: 1
                   * = on the front, 2 = y is only a lower bound; rows: which
                   * metric, or FIGURE_HEADING */
    unsigned n;   /* processes */
    char text[FIGURE_TEXTS][80]; /* winner: what stands in the field; versus:
                                  * the columns, see figure_versus.c; front:
                                  * its name; rows: its name, the value; runs:
                                  * the cell's name, lowest and highest */
};

struct figure_panel {
    const struct figure_table *table;
    char label[FIGURE_LABEL];
    const char *metric; /* that its blocks show; "" while there are none */
    char why[2 * FIGURE_LABEL]; /* the first cell missing here, and why */
};

struct figure_legend {
    char label[FIGURE_LABEL];
    char model[FIGURE_WORD]; /* "" when the line does not name one */
    unsigned colour;         /* 1.. into the palette of style.gp */
    unsigned dash;
    unsigned point;
};

struct figure_block {
    size_t panel;
    size_t legend;
    size_t n_rows;
    size_t capacity;
    struct figure_row *rows;
};

struct figure_note {
    size_t panel;
    char text[2 * FIGURE_LABEL];
};

struct figure_data {
    size_t n_panels;
    struct figure_panel *panels;
    size_t n_legends;
    struct figure_legend legends[FIGURE_LEGENDS];
    size_t n_blocks;
    struct figure_block *blocks;
    size_t n_notes;
    struct figure_note *notes;

    size_t n_rows;  /* of versus and goal tables, over all of them */
    size_t fitting; /* cells that the figure asks for */
    size_t missing; /* of them, those that could not be drawn */
    unsigned n_min; /* processes behind a point */
    unsigned n_max;
    bool intervals; /* there is at least one */
    bool ratios;    /* points are relative to others */
};

/* -ENODATA: nothing to draw, `diag` says why. The result refers to `spec`.
 * Free with figure_data_free(), also after an error. */
int figure_data_make(const struct figure_spec *spec, const json_t *document,
                     struct figure_data *ret, struct diag *diag);
void figure_data_free(struct figure_data *data);

/* For the kinds of tables, plots/figure_points.c and its neighbours. */

void figure_points_add(struct figure_data *data,
                       const struct figure_table *table,
                       const struct figure_picks *picks);
void figure_percentiles_add(struct figure_data *data,
                            const struct figure_table *table,
                            const struct figure_picks *picks);
void figure_winner_add(struct figure_data *data,
                       const struct figure_table *table,
                       const struct figure_picks *picks);
void figure_versus_add(struct figure_data *data,
                       const struct figure_table *table,
                       const struct figure_picks *picks);
/* All rows of such tables as text, with a line for what is missing. */
void figure_versus_print(const struct figure_data *data, FILE *out);

void figure_goal_add(struct figure_data *data, const struct figure_table *table,
                     const struct figure_picks *picks);
void figure_goal_print(const struct figure_data *data, FILE *out);

void figure_rows_add(struct figure_data *data, const struct figure_table *table,
                     const struct figure_picks *picks);
void figure_runs_add(struct figure_data *data, const struct figure_table *table,
                     const struct figure_picks *picks);

/* `cells`: all of the document; `height`: of the panel, in pixels. */
void figure_front_add(struct figure_data *data,
                      const struct figure_table *table,
                      const struct figure_picks *picks, const json_t *cells,
                      unsigned height);

/* The panel of that label, made when it is new. */
size_t figure_data_panel(struct figure_data *data,
                         const struct figure_table *table, const char *label);

/* A new row, zeroed but for NANs, in the block of (panel, line) of the pick;
 * NULL when there are too many lines (then it is noted as missing). */
struct figure_row *figure_data_row(struct figure_data *data, size_t panel,
                                   const struct figure_table *table,
                                   const struct figure_pick *pick);

/* A row with nothing but `text`, above those that follow. NULL as above. */
struct figure_row *figure_data_heading(struct figure_data *data, size_t panel,
                                       const struct figure_table *table,
                                       const struct figure_pick *pick,
                                       const char *text);

/* Says in the panel what is not to be seen there; once. */
void figure_data_note(struct figure_data *data, size_t panel, const char *text);

/* A cell that is fine but made no step has no place on a logarithmic axis:
 * says so, in the words of the table. False: the cell is to be drawn. */
bool figure_data_note_zero(struct figure_data *data, size_t panel,
                           const struct figure_table *table,
                           const struct figure_pick *pick);

/* Counts a cell that is not drawn; the reason is the cell's own or `reason`. */
void figure_data_missing(struct figure_data *data, size_t panel,
                         const struct figure_pick *pick, const char *reason);

/* The first cell that is not drawn, and why; "" when all are. */
const char *figure_data_first_missing(const struct figure_data *data);

/* Counts processes and intervals for the caption. */
void figure_data_count(struct figure_data *data, const struct figure_row *row);

/* True if the cell was measured. */
bool figure_pick_ok(const struct figure_pick *pick);
