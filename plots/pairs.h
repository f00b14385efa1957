/* SPDX-License-Identifier: MIT */
/*
 * Two cells that were measured in the same random rounds: the k-th processes
 * of both are a pair. What slows the machine for minutes falls on both.
 */
#pragma once

#include "plots/figure_cell.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A cell, and the one that its values are divided by (NULL: none). */
struct pairs_side {
    const json_t *cell;
    const json_t *base;
};

/*
 * The median over the pairs of a/b with its exact 95 % interval (NAN below 6
 * pairs). A pair in which both are zero says nothing and is left out. False:
 * no pair is left, or the median is not finite.
 */
bool pairs_ratio(const struct pairs_side *a, const struct pairs_side *b,
                 const struct figure_metric *metric, struct figure_value *ret);

/* What a process of a cell says; NAN: nothing. */
typedef double pairs_value(const json_t *cell, const json_t *repetition);

/* The same for any value; it may be 0 or infinite. `b` NULL: the median of the
 * value itself. False: no pair is left. */
bool pairs_ratio_of(const json_t *a, const json_t *b, pairs_value *value,
                    struct figure_value *ret);

/*
 * How far two distributions of latencies are apart: the two-sample
 * Kolmogorov-Smirnov distance of the histograms merged over the processes, each
 * with the same weight.
 *
 * `chance` is the distance that processes of one and the same lock stay below
 * in 95 % of cases: found by exchanging the two processes of a random half of
 * the pairs, again and again. Latencies of one process depend on each other,
 * so the textbook's bound for independent samples would be too narrow.
 */
struct pairs_distance {
    double distance;
    double chance; /* NAN below 6 pairs */
    uint64_t samples_a;
    uint64_t samples_b;
    double spread; /* p90 by p10 of b */
};

/* False: one of them has no latencies. */
bool pairs_distance(const json_t *a, const json_t *b,
                    struct pairs_distance *ret);
