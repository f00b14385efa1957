/* SPDX-License-Identifier: MIT */
/*
 * Where a series of figures changed its level, by E-divisive (Matteson and
 * James, A nonparametric approach for multiple change point analysis of
 * multivariate data, JASA 2014): a segment is split where the energy distance
 * of its two parts is greatest, as long as a permutation test holds that split
 * for no chance.
 */
#pragma once

#include <stddef.h>

#define CHANGE_POINTS_MIN 3 /* values between two changes */

struct change_point {
    size_t at; /* the first value of the new level */
    double p;  /* of the permutation test */
};

/*
 * Finds the changes among n values, in the order of the series; writes at most
 * `max` of them to `ret` and returns how many there are. `alpha`: the share of
 * series without a change in which one would be found. The permutations are
 * drawn from a fixed seed: the same values give the same answer.
 */
size_t change_points(const double *values, size_t n, double alpha,
                     struct change_point *ret, size_t max);
