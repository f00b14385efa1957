/* SPDX-License-Identifier: MIT */
/*
 * Trends over stored runs of one machine: where a series changed its level.
 * Runs of different days differ for many reasons, so this never gates; what is
 * to decide is measured side by side (bench/compare.h).
 */
#pragma once

#include "harness/measure/change_points.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diag;

/* How changes are found (harness/measure/change_points.h), for a reader. */
#define TREND_METHOD "E-divisive (Matteson and James 2014)"

struct trend_series {
    const char *cell; /* as in a history: with the workload's version */
    const char *metric;
    const char *unit;
    bool higher_is_better;
    size_t *run; /* by point: the index of the run */
    double *median;
    double *low; /* NAN: too few repetitions for an interval */
    double *high;
    size_t n;
    struct change_point *changes;
    size_t n_changes;
    double largest;    /* of the changes: |log of the ratio of the levels|;
                          infinite: some points are 0, and not all */
    size_t zeros;      /* how many points are 0 */
    size_t zero_since; /* the first point of a row of 0 that lasts; n: none */
};

enum trend_kind {
    TREND_STEADY,
    TREND_CHANGED,
    TREND_SOMETIMES_ZERO, /* too seldom or too briefly for a change of level */
    TREND_ALWAYS_ZERO,
    TREND_FEW, /* runs, for a change to be found */
};
#define TREND_KINDS (TREND_FEW + 1)

struct trend {
    json_t *runs; /* history lines, by date */
    struct trend_series *series;
    size_t n;
    json_t *warnings; /* [{"code", "message", "advice"}]: machines_differ,
                         several_hosts */
    size_t torn;      /* lines that were passed over */
    size_t doubles;   /* runs that are there once more; they count once */
};

/*
 * Reads results and histories (*.jsonl) and looks for changes of more than
 * `margin` (0.05: 5 %). `metrics`: comma list of names or globs. -EPROTO: not
 * all are of one machine, and not `force`d.
 */
int trend_read(char *const *paths, size_t n, const char *metrics, double margin,
               bool force, struct trend *ret, struct diag *diag);
void trend_deinit(struct trend *trend);

/* Fills in the changes of a series that has its points. */
void trend_find_changes(struct trend_series *series, double margin);

/* The median of the points up to the i-th change, or behind the last one. */
double trend_level(const struct trend_series *series, size_t i);

enum trend_kind trend_kind(const struct trend_series *series);

/* "0 since run 11", "0 in 3 of 20 runs", "always 0"; empty: never. */
void trend_zeros(const struct trend_series *series, char *out, size_t size);

/* The level after the i-th change, divided by the one before: 0 if it went to
 * 0, infinite if it came from there. */
double trend_ratio(const struct trend_series *series, size_t i);

void trend_write_text(const struct trend *trend, FILE *out);
json_t *trend_to_json(const struct trend *trend);
