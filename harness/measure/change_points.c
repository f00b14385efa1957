/* SPDX-License-Identifier: MIT */
#include "harness/measure/change_points.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"

#include <math.h>
#include <string.h>

#define PERMUTATIONS 999
#define SEED         20140102u

/* The best split of one segment: `at` is its first value on the right. */
struct split {
    size_t at;
    double strength;
};

struct sums {
    double left;  /* |x - y| over all pairs on the left */
    double right; /* on the right */
    double cross; /* between the sides */
};

static double strength_of(const struct sums *sums, size_t left, size_t right)
{
    double n = (double)left;
    double m = (double)right;
    double within_left = left > 1 ? sums->left / (n * (n - 1.0) / 2.0) : 0.0;
    double within_right = right > 1 ? sums->right / (m * (m - 1.0) / 2.0) : 0.0;
    double energy = 2.0 * sums->cross / (n * m) - within_left - within_right;
    return n * m / (n + m) * energy;
}

/* Value `at` goes from the right to the left. */
static void move(const double *values, size_t n, size_t at, struct sums *sums)
{
    double to_left = 0.0;
    double to_right = 0.0;
    for (size_t i = 0; i < at; i++) {
        to_left += fabs(values[i] - values[at]);
    }
    for (size_t i = at + 1; i < n; i++) {
        to_right += fabs(values[i] - values[at]);
    }
    sums->left += to_left;
    sums->right -= to_right;
    sums->cross += to_right - to_left;
}

/* O(n^2): each value moves once. */
static struct split best_split(const double *values, size_t n)
{
    struct split best = {0};
    struct sums sums = {0};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            sums.right += fabs(values[i] - values[k]);
        }
    }
    for (size_t at = 0; at + CHANGE_POINTS_MIN < n; at++) {
        move(values, n, at, &sums);
        if (at + 1 < CHANGE_POINTS_MIN) {
            continue;
        }
        double strength = strength_of(&sums, at + 1, n - at - 1);
        if (best.at == 0 || strength > best.strength) {
            best = (struct split){.at = at + 1, .strength = strength};
        }
    }
    return best;
}

static void shuffle(struct rng *rng, double *values, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)rng_below(rng, i);
        double other = values[i - 1];
        values[i - 1] = values[k];
        values[k] = other;
    }
}

/* The share of permutations, the one that was seen included, whose best split
 * is as strong. */
static double permutation_p(const double *values, size_t n, double strength)
{
    _cleanup_(free_p) double *copy = must_calloc(n, sizeof(*copy));
    struct rng rng = {.state = SEED};
    size_t as_strong = 1;

    memcpy(copy, values, n * sizeof(*copy));
    for (int i = 0; i < PERMUTATIONS; i++) {
        shuffle(&rng, copy, n);
        as_strong += best_split(copy, n).strength >= strength;
    }
    return (double)as_strong / (PERMUTATIONS + 1);
}

struct found {
    struct change_point *points;
    size_t max;
    size_t n;
};

static void search(const double *values, size_t begin, size_t end, double alpha,
                   struct found *found)
{
    size_t n = end - begin;
    if (n < 2 * (size_t)CHANGE_POINTS_MIN) {
        return;
    }
    struct split split = best_split(values + begin, n);
    if (split.at == 0 || split.strength <= 0.0) {
        return;
    }
    double p = permutation_p(values + begin, n, split.strength);
    if (p > alpha) {
        return;
    }
    search(values, begin, begin + split.at, alpha, found);
    if (found->n < found->max) {
        found->points[found->n] =
            (struct change_point){.at = begin + split.at, .p = p};
    }
    found->n++;
    search(values, begin + split.at, end, alpha, found);
}

size_t change_points(const double *values, size_t n, double alpha,
                     struct change_point *ret, size_t max)
{
    struct found found = {.points = ret, .max = max};
    search(values, 0, n, alpha, &found);
    return found.n;
}
