/* SPDX-License-Identifier: MIT */
#include "harness/measure/stats.h"

#include "harness/base/must.h"

#include <math.h>

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

/*
 * The largest k with P(Binomial(n, 1/2) < k) <= 0.025, 0 if there is none.
 * In logarithms: 2^-n is no double any more above n = 1074.
 */
static size_t sign_test_rank(size_t n)
{
    double log_p = -(double)n * log(2.0); /* of exactly k successes */
    double below = 0.0;                   /* P(Binomial < k) */
    for (size_t k = 0;; k++) {
        double up_to = below + exp(log_p);
        if (up_to > 0.025 || k > n) {
            return k;
        }
        below = up_to;
        log_p += log((double)(n - k) / (double)(k + 1));
    }
}

bool stats_median_interval(const double *sorted, size_t n, double *ret_low,
                           double *ret_high)
{
    size_t k = sign_test_rank(n);
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
