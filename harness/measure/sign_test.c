/* SPDX-License-Identifier: MIT */
#include "harness/measure/sign_test.h"

#include <math.h>

/* In logarithms: 2^-n is no double any more above n = 1074. */

double sign_test_upper(size_t n, size_t k)
{
    if (k == 0) {
        return 1.0;
    }
    /* By symmetry P(X >= k) = P(X <= n - k). Of the two tails the one that
     * does not hold the middle is summed: its terms only grow. */
    if (2 * k <= n) {
        return 1.0 - sign_test_upper(n, n - k + 1);
    }
    double log_p = -(double)n * log(2.0); /* of exactly i successes */
    double sum = 0.0;
    for (size_t i = 0; k <= n && i <= n - k; i++) {
        sum += exp(log_p);
        log_p += log((double)(n - i) / (double)(i + 1));
    }
    return sum < 1.0 ? sum : 1.0;
}

size_t sign_test_rank(size_t n, double alpha)
{
    double log_p = -(double)n * log(2.0);
    double below = 0.0; /* P(Binomial < k) */
    for (size_t k = 0;; k++) {
        double up_to = below + exp(log_p);
        if (up_to > alpha / 2.0 || k > n) {
            return k;
        }
        below = up_to;
        log_p += log((double)(n - k) / (double)(k + 1));
    }
}
