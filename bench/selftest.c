/* SPDX-License-Identifier: MIT */
#include "bench/selftest.h"

#include "bench/command.h"
#include "bench/compare_row.h"
#include "harness/base/must.h"
#include "harness/measure/judge.h"
#include "harness/measure/resample.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"

#include <math.h>
#include <string.h>

#define METRIC "steps_per_s"

static const json_t *metric_of(const json_t *document, size_t cell)
{
    const json_t *json =
        json_array_get(json_object_get(document, "cells"), cell);
    size_t i;
    const json_t *metric;
    json_array_foreach(json_object_get(json, "metrics"), i, metric)
    {
        if (strcmp(compare_text_of(metric, "name"), METRIC) == 0) {
            return metric;
        }
    }
    return NULL;
}

static double pair_seconds(const json_t *cell)
{
    const json_t *pairs = json_object_get(cell, "pairs");
    size_t n = json_array_size(pairs);
    double *seconds = must_calloc(n, sizeof(*seconds));
    for (size_t i = 0; i < n; i++) {
        seconds[i] = compare_number_of(json_array_get(pairs, i), "pair_s");
    }
    double median = n > 0 ? stats_median(seconds, n) : 0.0;
    free(seconds);
    return median;
}

static void fill(const struct selftest *selftest, struct selftest_row *row,
                 struct rng *rng)
{
    double *d = NULL;
    size_t n = compare_log_ratios(selftest->equal, row->cell, METRIC, &d);
    struct resample resample = {
        .d = d, .n = n, .pairs = selftest->request->pairs};
    row->margin = compare_number_of(row->equal, "margin_pct") / 100.0;
    row->smallest = INFINITY;
    if (n > 0) {
        struct resampled found;
        struct resampled equal =
            resample_judge(&resample, 0.0, SELFTEST_TRIALS, rng);
        row->alarms_plain = equal.slower + equal.faster;
        resample.margin = log1p(row->margin);
        equal = resample_judge(&resample, 0.0, SELFTEST_TRIALS, rng);
        row->alarms = equal.slower + equal.faster;
        row->smallest = resample_smallest(&resample, SELFTEST_POWER,
                                          SELFTEST_TRIALS, rng, &found);
        row->seconds = found.seen * pair_seconds(row->cell);
    }
    free(d);
}

void selftest_make(struct selftest *selftest)
{
    const json_t *cells = json_object_get(selftest->equal, "cells");
    struct rng rng = {selftest->request->seed};
    selftest->n = json_array_size(cells);
    selftest->rows = must_calloc(selftest->n, sizeof(*selftest->rows));
    for (size_t i = 0; i < selftest->n; i++) {
        struct selftest_row *row = &selftest->rows[i];
        *row =
            (struct selftest_row){.cell = json_array_get(cells, i),
                                  .equal = metric_of(selftest->equal, i),
                                  .injected = metric_of(selftest->injected, i)};
        if (row->equal) {
            fill(selftest, row, &rng);
        }
    }
}

void selftest_deinit(struct selftest *selftest)
{
    free(selftest->rows);
    selftest->rows = NULL;
}

static double counted(const json_t *document, const char *key)
{
    return compare_number_of(json_object_get(document, "verdict"), key);
}

int selftest_exit_code(const struct selftest *selftest)
{
    const json_t *equal = selftest->equal;
    if (counted(equal, "slower") + counted(equal, "faster") > 0) {
        return EXIT_SLOWER;
    }
    if (!compare_is_whole(equal) || !compare_is_whole(selftest->injected)) {
        return EXIT_CELL_FAILED;
    }
    return counted(selftest->injected, "slower") > 0 ? EXIT_FINE : EXIT_UNCLEAR;
}
