/* SPDX-License-Identifier: MIT */
/* Where a series changed its level. */
#include "bench/trend.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/trend_figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One series in a hundred without a change shows one. */
#define ALPHA       0.01
#define CHANGES_MAX 32

double trend_level(const struct trend_series *series, size_t change)
{
    size_t begin = change == 0 ? 0 : series->changes[change - 1].at;
    size_t end =
        change < series->n_changes ? series->changes[change].at : series->n;
    return trend_figure_level(series->median + begin, end - begin);
}

double trend_ratio(const struct trend_series *series, size_t i)
{
    return trend_level(series, i + 1) / trend_level(series, i);
}

/* Adds what is found among `values`; `at` maps them to points. */
static void add_changes(struct trend_series *series, const double *values,
                        const size_t *at, size_t n)
{
    struct change_point found[CHANGES_MAX];
    size_t room = CHANGES_MAX - series->n_changes;
    size_t there = change_points(values, n, ALPHA, found, room);
    for (size_t i = 0; i < there && i < room; i++) {
        found[i].at = at[found[i].at];
        series->changes[series->n_changes++] = found[i];
    }
}

/* Ratios are what matters, so levels are sought in the logarithms. A 0 has
 * none and is passed over; where most points are 0, that is the level. */
static void find_between(struct trend_series *series, size_t begin, size_t end)
{
    _cleanup_(free_p) double *logs =
        must_calloc(end - begin + 1, sizeof(*logs));
    _cleanup_(free_p) size_t *at = must_calloc(end - begin + 1, sizeof(*at));
    size_t n = 0;
    for (size_t i = begin; i < end; i++) {
        if (series->median[i] > 0.0) {
            logs[n] = log(series->median[i]);
            at[n++] = i;
        }
    }
    if (2 * n > end - begin) {
        add_changes(series, logs, at, n);
    }
}

/* To make no step is another outcome, however large the figure was before: so
 * first the series is split where it goes to or from 0, then each part. */
static void find_all(struct trend_series *series)
{
    _cleanup_(free_p) double *moves =
        must_calloc(series->n + 1, sizeof(*moves));
    struct change_point edges[CHANGES_MAX];
    size_t begin = 0;
    for (size_t i = 0; i < series->n; i++) {
        moves[i] = series->median[i] > 0.0 ? 1.0 : 0.0;
    }
    size_t n = change_points(moves, series->n, ALPHA, edges, CHANGES_MAX);
    for (size_t i = 0; i < n && i < CHANGES_MAX; i++) {
        find_between(series, begin, edges[i].at);
        if (series->n_changes < CHANGES_MAX) {
            series->changes[series->n_changes++] = edges[i];
        }
        begin = edges[i].at;
    }
    find_between(series, begin, series->n);
}

/* |log of the ratio|: infinite to or from 0, 0 between two levels of 0. */
static double size_of(const struct trend_series *series, size_t i)
{
    double before = trend_level(series, i);
    double after = trend_level(series, i + 1);
    return before > 0.0 || after > 0.0 ? fabs(log(after / before)) : 0.0;
}

static void drop_change(struct trend_series *series, size_t i)
{
    series->n_changes--;
    memmove(series->changes + i, series->changes + i + 1,
            (series->n_changes - i) * sizeof(*series->changes));
}

/* Changes below the margin are joined again, the smallest first. */
static void join_small(struct trend_series *series, double margin)
{
    for (;;) {
        size_t smallest = 0;
        double size = INFINITY;
        series->largest = 0.0;
        for (size_t i = 0; i < series->n_changes; i++) {
            double change = size_of(series, i);
            series->largest = fmax(series->largest, change);
            if (change < size) {
                size = change;
                smallest = i;
            }
        }
        if (series->n_changes == 0 || (size > 0.0 && size >= log1p(margin))) {
            return;
        }
        drop_change(series, smallest);
    }
}

static void count_zeros(struct trend_series *series)
{
    series->zero_since = series->n;
    while (series->zero_since > 0 &&
           series->median[series->zero_since - 1] <= 0.0) {
        series->zero_since--;
    }
    for (size_t i = 0; i < series->n; i++) {
        series->zeros += series->median[i] <= 0.0;
    }
}

void trend_find_changes(struct trend_series *series, double margin)
{
    series->changes = must_calloc(CHANGES_MAX, sizeof(*series->changes));
    count_zeros(series);
    find_all(series);
    join_small(series, margin);
    if (series->zeros > 0 && series->zeros < series->n) {
        series->largest = INFINITY;
    }
}

enum trend_kind trend_kind(const struct trend_series *series)
{
    if (series->zeros == series->n) {
        return TREND_ALWAYS_ZERO;
    }
    if (series->n_changes > 0) {
        return TREND_CHANGED;
    }
    if (series->zeros > 0) {
        return TREND_SOMETIMES_ZERO;
    }
    return series->n < 2 * (size_t)CHANGE_POINTS_MIN ? TREND_FEW : TREND_STEADY;
}

void trend_zeros(const struct trend_series *series, char *out, size_t size)
{
    if (series->zeros == 0) {
        *out = '\0';
    } else if (series->zeros == series->n) {
        snprintf(out, size, "always 0");
    } else if (series->zero_since < series->n) {
        snprintf(out, size, "0 since run %zu",
                 series->run[series->zero_since] + 1);
    } else {
        snprintf(out, size, "0 in %zu of %zu runs", series->zeros, series->n);
    }
}
