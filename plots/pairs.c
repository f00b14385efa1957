/* SPDX-License-Identifier: MIT */
#include "plots/pairs.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "harness/measure/hist.h"
#include "harness/measure/stats.h"
#include "harness/record/repetition_json.h"
#include "harness/record/summary.h"

#include <math.h>
#include <string.h>

#define PAIRS_MIN 6
#define EXCHANGES 1000

/* Repetition `i` of the cell, or NULL if it was lost. */
static const json_t *repetition_of(const json_t *cell, size_t i)
{
    const json_t *repetition =
        json_array_get(json_object_get(cell, "repetitions"), i);
    const char *status =
        json_string_value(json_object_get(repetition, "status"));
    return status && strcmp(status, "ok") == 0 ? repetition : NULL;
}

static size_t count_pairs(const json_t *a, const json_t *b)
{
    size_t n_a = json_array_size(json_object_get(a, "repetitions"));
    size_t n_b = json_array_size(json_object_get(b, "repetitions"));
    return n_a < n_b ? n_a : n_b;
}

static double value_of(const struct pairs_side *side,
                       const struct metric *metric, size_t i)
{
    const json_t *repetition = repetition_of(side->cell, i);
    const json_t *base = side->base ? repetition_of(side->base, i) : NULL;
    if (!repetition || (side->base && !base)) {
        return NAN;
    }
    double value = metric->get(metric, repetition);
    return base ? value / metric->get(metric, base) : value;
}

static int compare_numbers(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* The median of n ratios with its interval; sorts them. */
static bool settle(double *ratios, size_t n, struct figure_value *ret)
{
    *ret = (struct figure_value){NAN, NAN, NAN, (unsigned)n};
    if (n == 0) {
        return false;
    }
    qsort(ratios, n, sizeof(*ratios), compare_numbers);
    (void)stats_median_interval(ratios, n, &ret->low, &ret->high);
    ret->median = stats_median(ratios, n);
    return true;
}

bool pairs_ratio(const struct pairs_side *a, const struct pairs_side *b,
                 const struct figure_metric *metric, struct figure_value *ret)
{
    const struct metric *of = summary_metric(metric->name);
    size_t n_pairs = count_pairs(a->cell, b->cell), n = 0;
    _cleanup_(free_p) double *ratios =
        must_calloc(n_pairs + 1, sizeof(*ratios));
    for (size_t i = 0; of && i < n_pairs; i++) {
        double ratio = value_of(a, of, i) / value_of(b, of, i);
        if (!isnan(ratio)) {
            ratios[n++] = metric->inverse ? 1 / ratio : ratio;
        }
    }
    return settle(ratios, n, ret) && isfinite(ret->median) && ret->median > 0;
}

bool pairs_ratio_of(const json_t *a, const json_t *b, pairs_value *value,
                    struct figure_value *ret)
{
    size_t n_pairs = count_pairs(a, b ? b : a), n = 0;
    _cleanup_(free_p) double *ratios =
        must_calloc(n_pairs + 1, sizeof(*ratios));
    for (size_t i = 0; i < n_pairs; i++) {
        const json_t *of_a = repetition_of(a, i);
        const json_t *of_b = b ? repetition_of(b, i) : NULL;
        if (!of_a || (b && !of_b)) {
            continue;
        }
        double ratio = value(a, of_a) / (b ? value(b, of_b) : 1);
        if (!isnan(ratio)) {
            ratios[n++] = ratio;
        }
    }
    return settle(ratios, n, ret);
}

/* The buckets that any of the processes has, as dense rows of shares: process
 * k of side a is row 2k, its partner of side b is row 2k + 1. A process has the
 * same weight whatever it sampled, as in a cell's percentiles. */
struct counts {
    size_t pairs;
    size_t buckets;
    double *all;
    uint64_t samples[2];
};

static double *row_of(const struct counts *counts, size_t row)
{
    return counts->all + row * counts->buckets;
}

static bool add_row(struct counts *counts, size_t row, const json_t *cell)
{
    const json_t *repetition = repetition_of(cell, row / 2);
    _cleanup_(free_p) struct hist *hist = must_calloc(1, sizeof(*hist));
    if (repetition_hist_from_json(json_object_get(repetition, "latency_ns"),
                                  hist) < 0) {
        return false;
    }
    for (size_t i = 0; hist->count > 0 && i < HIST_BUCKETS; i++) {
        row_of(counts, row)[i] = (double)hist->buckets[i] / (double)hist->count;
    }
    counts->samples[row % 2] += hist->count;
    return hist->count > 0;
}

/* Leaves out the buckets that nobody has. */
static void compact(struct counts *counts)
{
    size_t rows = 2 * counts->pairs, kept = 0;
    for (size_t i = 0; i < counts->buckets; i++) {
        double sum = 0;
        for (size_t row = 0; row < rows; row++) {
            sum += row_of(counts, row)[i];
        }
        for (size_t row = 0; sum > 0 && row < rows; row++) {
            counts->all[row * counts->buckets + kept] = row_of(counts, row)[i];
        }
        kept += sum > 0;
    }
    for (size_t row = 0; row < rows; row++) {
        memmove(counts->all + row * kept, row_of(counts, row),
                kept * sizeof(*counts->all));
    }
    counts->buckets = kept;
}

static void sum_side(const struct counts *counts, uint64_t exchanged,
                     unsigned side, double *sum)
{
    memset(sum, 0, counts->buckets * sizeof(*sum));
    for (size_t k = 0; k < counts->pairs; k++) {
        const double *row =
            row_of(counts, 2 * k + (side ^ (exchanged >> k % 64 & 1)));
        for (size_t i = 0; i < counts->buckets; i++) {
            sum[i] += row[i];
        }
    }
}

static double total(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum;
}

/* The largest difference of the two distribution functions; bit k of
 * `exchanged`: the processes of pair k change sides. */
static double distance(const struct counts *counts, uint64_t exchanged,
                       double *sums)
{
    double *a = sums, *b = sums + counts->buckets;
    sum_side(counts, exchanged, 0, a);
    sum_side(counts, exchanged, 1, b);
    double n_a = total(a, counts->buckets), n_b = total(b, counts->buckets);
    double below_a = 0, below_b = 0, most = 0;
    for (size_t i = 0; n_a > 0 && n_b > 0 && i < counts->buckets; i++) {
        below_a += a[i] / n_a;
        below_b += b[i] / n_b;
        most = fmax(most, fabs(below_a - below_b));
    }
    return most;
}

static double find_chance(const struct counts *counts, double *sums)
{
    struct rng rng = {1}; /* the same document, the same number */
    double all[EXCHANGES];
    for (size_t i = 0; i < EXCHANGES; i++) {
        all[i] = distance(counts, rng_next(&rng), sums);
    }
    qsort(all, EXCHANGES, sizeof(*all), compare_numbers);
    return stats_quantile_sorted(all, EXCHANGES, 0.95);
}

static double spread_of(const json_t *cell)
{
    _cleanup_(free_p) struct hist *hist = must_calloc(1, sizeof(*hist));
    size_t i;
    const json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        (void)repetition_hist_from_json(
            json_object_get(repetition, "latency_ns"), hist);
    }
    double low = (double)hist_quantile(hist, 0.1);
    return low > 0 ? (double)hist_quantile(hist, 0.9) / low : NAN;
}

bool pairs_distance(const json_t *a, const json_t *b,
                    struct pairs_distance *ret)
{
    struct counts counts = {.pairs = count_pairs(a, b),
                            .buckets = HIST_BUCKETS};
    bool any[2] = {false, false};
    counts.all =
        must_calloc(2 * counts.pairs * HIST_BUCKETS + 1, sizeof(double));
    for (size_t k = 0; k < counts.pairs; k++) {
        any[0] |= add_row(&counts, 2 * k, a);
        any[1] |= add_row(&counts, 2 * k + 1, b);
    }
    if (any[0] && any[1]) {
        compact(&counts);
        _cleanup_(free_p) double *sums =
            must_calloc(2 * counts.buckets, sizeof(*sums));
        ret->distance = distance(&counts, 0, sums);
        ret->samples_a = counts.samples[0];
        ret->samples_b = counts.samples[1];
        ret->spread = spread_of(b);
        ret->chance =
            counts.pairs < PAIRS_MIN ? NAN : find_chance(&counts, sums);
    }
    free(counts.all);
    return any[0] && any[1];
}
