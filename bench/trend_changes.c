/* SPDX-License-Identifier: MIT */
/* Where a series changed its level. */
#include "bench/trend.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"

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
    _cleanup_(free_p) double *values = must_calloc(end - begin, sizeof(double));
    memcpy(values, series->median + begin, (end - begin) * sizeof(double));
    return stats_median(values, end - begin);
}

double trend_ratio(const struct trend_series *series, size_t i)
{
    return trend_level(series, i + 1) / trend_level(series, i);
}

/* Ratios are what matters, so levels are sought in the logarithms. Changes
 * below the margin are joined again, the smallest first. */
void trend_find_changes(struct trend_series *series, double margin)
{
    _cleanup_(free_p) double *logs = must_calloc(series->n + 1, sizeof(double));
    series->changes = must_calloc(CHANGES_MAX, sizeof(*series->changes));
    for (size_t i = 0; i < series->n; i++) {
        logs[i] = log(series->median[i]);
    }
    size_t n =
        change_points(logs, series->n, ALPHA, series->changes, CHANGES_MAX);
    series->n_changes = n < CHANGES_MAX ? n : CHANGES_MAX;
    for (;;) {
        size_t smallest = 0;
        double size = INFINITY;
        series->largest = 0.0;
        for (size_t i = 0; i < series->n_changes; i++) {
            double change = fabs(log(trend_ratio(series, i)));
            series->largest = fmax(series->largest, change);
            if (change < size) {
                size = change;
                smallest = i;
            }
        }
        if (series->n_changes == 0 || size >= log1p(margin)) {
            return;
        }
        series->n_changes--;
        memmove(series->changes + smallest, series->changes + smallest + 1,
                (series->n_changes - smallest) * sizeof(*series->changes));
    }
}
