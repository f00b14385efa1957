/* SPDX-License-Identifier: MIT */
/*
 * The sign test: exact for independent signs of even odds, whatever the values
 * behind them are distributed like. n up to a million.
 */
#pragma once

#include <stddef.h>

/* P(Binomial(n, 1/2) >= k); 1 for k = 0, 0 for k > n. */
double sign_test_upper(size_t n, size_t k);

/*
 * The rank of the order statistics that bound a median: the largest k with
 * P(Binomial(n, 1/2) < k) <= alpha / 2, so that x(k) .. x(n+1-k) of sorted
 * values holds the median with a probability of 1 - alpha at least. 0: there
 * is no such k, n is too small.
 */
size_t sign_test_rank(size_t n, double alpha);
