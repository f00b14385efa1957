/* SPDX-License-Identifier: MIT */
/*
 * What a figure wants from a result document, as the comment at the head of
 * its .gp file says. The language is described in plots/README.md.
 */
#pragma once

#include "harness/base/diag.h"

#include <stdbool.h>
#include <stddef.h>

#define FIGURE_KEYS       8
#define FIGURE_CONDITIONS 8
#define FIGURE_METRICS    3
#define FIGURE_TABLES     24
#define FIGURE_LIMITS     2
#define FIGURE_WORD       96

enum figure_kind {
    FIGURE_POINTS,      /* one point a cell: y over x */
    FIGURE_PERCENTILES, /* one line a cell: latency by percentile */
    FIGURE_WINNER,      /* one field per (x, y): which series is best */
    FIGURE_VERSUS,      /* one row a cell: its ratio to that of another line */
    FIGURE_FRONT,       /* one point a cell: metric over metric, best front */
    FIGURE_GOAL,        /* one row a table: the own cell divided by a goal */
    FIGURE_ROWS,        /* one row a cell: all metrics of y */
    FIGURE_RUNS,        /* one point a process: y by the median of its cell */
};

/* What becomes of cells that differ in something that no key speaks of. */
enum figure_split {
    FIGURE_SPLIT_SERIES, /* a line of their own */
    FIGURE_SPLIT_FACET,  /* a panel of their own */
    FIGURE_SPLIT_NONE,   /* nothing: each point speaks for itself */
};

/* `key=glob|glob`; a cell without the key does not fit. Or `key!=glob|glob`:
 * the opposite, so a cell without the key does. */
struct figure_condition {
    char key[FIGURE_WORD];
    char globs[FIGURE_WORD];
    bool negated;
};

struct figure_conditions {
    size_t n;
    struct figure_condition all[FIGURE_CONDITIONS];
};

struct figure_keys {
    size_t n;
    char all[FIGURE_KEYS][FIGURE_WORD];
};

/* `METRIC`, `METRIC*NUMBER`, `METRIC/NUMBER` or `NUMBER/METRIC`. */
struct figure_metric {
    char name[FIGURE_WORD];
    double factor;
    bool inverse; /* factor / value; the interval's ends change places */
};

/* `NUMBER`, or `NUMBER*KEY=GLOB`: so many times what that cell has. */
struct figure_limit {
    double number;
    struct figure_condition of; /* key "": the number itself */
};

struct figure_table {
    char name[FIGURE_WORD];
    enum figure_kind kind;
    struct figure_conditions select;
    struct figure_conditions prefer;
    struct figure_keys facet;  /* one panel per combination of values */
    struct figure_keys series; /* one line per combination of values */
    enum figure_split split;
    bool by_order; /* runs only: x is when in the run, 0 to 1; else a row a
                    * cell, of those with the widest spread */
    char x[FIGURE_WORD];
    char row[FIGURE_WORD]; /* winner only: the other axis */
    size_t n_metrics;      /* the first that every cell has is used; of rows all
                            */
    struct figure_metric metrics[FIGURE_METRICS];
    struct figure_conditions relative_to; /* none: absolute */
    char zero[FIGURE_WORD];               /* what to say of 0 steps */
    char heading[FIGURE_WORD];            /* versus, goal: what is compared */
    struct figure_keys label;   /* versus, front, goal: names a row, point */
    char row_name[FIGURE_WORD]; /* versus: a key to name a row by */
    struct figure_conditions versus; /* the line that is divided by */
    struct figure_metric x_metric;   /* front only */
    char base[FIGURE_WORD]; /* front only: the metric x is divided by, of the
                             * cell that meets relative_to */
    struct figure_conditions own;     /* goal only: which cell is ours */
    struct figure_conditions floor;   /* goal only: which are the floor */
    struct figure_conditions without; /* goal only: which are none of these */
    size_t n_limits;                  /* goal only: all are to be kept */
    struct figure_limit limits[FIGURE_LIMITS];
};

struct figure_spec {
    char title[160];
    char read[480];
    unsigned width;  /* pixels, of the picture */
    unsigned height; /* pixels, of a panel */
    size_t n_tables;
    struct figure_table tables[FIGURE_TABLES];
};

/* Adds the conditions in `value`, which it changes. -EINVAL: a mistake in it.
 */
int figure_conditions_parse(struct figure_conditions *conditions, char *value);

/* Reads the head of `source`, the text of NAME.gp. -EINVAL: a mistake in it. */
int figure_spec_parse(const char *name, const char *source,
                      struct figure_spec *ret, struct diag *diag);
