/* SPDX-License-Identifier: MIT */
#include "harness/measure/stats.h"

#include "harness/base/must.h"
#include "harness/measure/sign_test.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double stats_quantile_sorted(const double *values, size_t n, double q)
{
    must(n > 0 && q >= 0.0 && q <= 1.0);
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < n ? below + 1 : below;
    double part = at - (double)below;
    /* Equal neighbours are taken as they are: no rounding between them. */
    if (values[below] == values[above]) {
        return values[below];
    }
    return values[below] * (1.0 - part) + values[above] * part;
}

double stats_median(double *values, size_t n)
{
    must(n > 0);
    qsort(values, n, sizeof(*values), by_value);
    return stats_quantile_sorted(values, n, 0.5);
}

bool stats_median_interval(const double *sorted, size_t n, double *ret_low,
                           double *ret_high)
{
    size_t k = sign_test_rank(n, 0.05);
    if (k == 0) {
        return false;
    }
    *ret_low = sorted[k - 1];
    *ret_high = sorted[n - k];
    return true;
}

double stats_jain(const double *values, size_t n)
{
    double sum = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
        squares += values[i] * values[i];
    }
    return squares > 0.0 ? sum * sum / ((double)n * squares) : 1.0;
}
