/* SPDX-License-Identifier: MIT */
/* Order statistics. No distribution is assumed anywhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Median of n > 0 values; the array is sorted in place. */
double stats_median(double *values, size_t n);

/* Quantile q in [0, 1] of sorted values, linear between neighbours (type 7
 * of Hyndman and Fan 1996). */
double stats_quantile_sorted(const double *values, size_t n, double q);

/*
 * The exact 95 % interval of the median from order statistics (the sign
 * test's): low = x(k), high = x(n+1-k) with the largest k such that
 * P(Binomial(n, 1/2) < k) <= 0.025. False below 6 values, where no such k
 * exists.
 */
bool stats_median_interval(const double *sorted, size_t n, double *ret_low,
                           double *ret_high);

/* Jain's fairness index, (sum x)^2 / (n sum x^2): 1 = equal shares, 1/n = one
 * has all. 1 when all are zero. */
double stats_jain(const double *values, size_t n);
