/* SPDX-License-Identifier: MIT */
/* Order statistics against values worked out by hand and from tables. */
#undef NDEBUG
#include "harness/base/rng.h"
#include "harness/measure/stats.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void median(void)
{
    double one[] = {7.0};
    assert(stats_median(one, 1) == 7.0);
    double odd[] = {3.0, 1.0, 2.0};
    assert(stats_median(odd, 3) == 2.0);
    assert(odd[0] == 1.0 && odd[2] == 3.0);
    double even[] = {4.0, 1.0, 3.0, 2.0};
    assert(stats_median(even, 4) == 2.5);
    double same[] = {0.1, 0.1};
    assert(stats_median(same, 2) == 0.1);
}

/* Type 7, as R's default: quantile(1:5, 0.4) is 2.6. */
static void quantile(void)
{
    const double x[] = {1.0, 2.0, 3.0, 4.0, 5.0};
    assert(stats_quantile_sorted(x, 5, 0.0) == 1.0);
    assert(stats_quantile_sorted(x, 5, 1.0) == 5.0);
    assert(stats_quantile_sorted(x, 5, 0.25) == 2.0);
    assert(fabs(stats_quantile_sorted(x, 5, 0.4) - 2.6) < 1e-12);
}

/* The interval of n values 1..n is its own ranks. */
static void interval_is(size_t n, double low, double high)
{
    double *x = calloc(n + 1, sizeof(*x));
    assert(x);
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)(i + 1);
    }
    double got_low = -1.0;
    double got_high = -1.0;
    bool there = stats_median_interval(x, n, &got_low, &got_high);
    if (got_low != low || got_high != high || there != (low > 0.0)) {
        printf("n=%zu: %g..%g, wanted %g..%g\n", n, got_low, got_high, low,
               high);
        abort();
    }
    free(x);
}

/* Ranks from tables of the sign test at a two-sided 5 %. */
static void interval(void)
{
    for (size_t n = 0; n < 6; n++) {
        interval_is(n, -1.0, -1.0);
    }
    interval_is(6, 1.0, 6.0);
    interval_is(8, 1.0, 8.0);
    interval_is(9, 2.0, 8.0);
    interval_is(10, 2.0, 9.0);
    interval_is(12, 3.0, 10.0);
    interval_is(15, 4.0, 12.0);
    interval_is(20, 6.0, 15.0);
    interval_is(25, 8.0, 18.0);
    interval_is(30, 10.0, 21.0);
    interval_is(50, 18.0, 33.0);
    interval_is(60, 22.0, 39.0);
    interval_is(100, 40.0, 61.0);
}

/* Above 1074 values 2^-n is no double; the normal approximation must agree
 * to a rank or so. */
static void interval_of_many(void)
{
    const size_t sizes[] = {1000, 1100, 5000, 100000};
    for (size_t s = 0; s < 4; s++) {
        size_t n = sizes[s];
        double *x = calloc(n, sizeof(*x));
        assert(x);
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)(i + 1);
        }
        double low = 0.0;
        double high = 0.0;
        assert(stats_median_interval(x, n, &low, &high));
        double expected = (double)n / 2.0 - 0.979982 * sqrt((double)n);
        assert(fabs(low - expected) <= 1.5);
        assert(low + high == (double)(n + 1));
        free(x);
    }
}

/* The interval's promise: it misses the median in at most 5 % of samples. */
static void coverage(void)
{
    struct rng rng = {.state = 1};
    const size_t n = 20;
    unsigned missed = 0;
    for (unsigned trial = 0; trial < 20000; trial++) {
        double x[20];
        for (size_t i = 0; i < n; i++) {
            x[i] = rng_double(&rng);
        }
        stats_median(x, n);
        double low = 0.0;
        double high = 0.0;
        assert(stats_median_interval(x, n, &low, &high));
        missed += low > 0.5 || high < 0.5;
    }
    /* Exact: 4.14 %; four standard errors are 0.56 %. */
    assert(missed > 20000 * 0.0358 && missed < 20000 * 0.0470);
}

static void jain(void)
{
    const double equal[] = {5.0, 5.0, 5.0, 5.0};
    assert(fabs(stats_jain(equal, 4) - 1.0) < 1e-12);
    const double one_has_all[] = {0.0, 0.0, 9.0, 0.0};
    assert(fabs(stats_jain(one_has_all, 4) - 0.25) < 1e-12);
    const double none[] = {0.0, 0.0};
    assert(stats_jain(none, 2) == 1.0);
}

int main(void)
{
    median();
    quantile();
    interval();
    interval_of_many();
    coverage();
    jain();
    return 0;
}
