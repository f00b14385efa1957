/* SPDX-License-Identifier: MIT */
/*
 * What comparisons on this machine would say, from pairs of something with
 * itself: pairs are drawn anew, with their labels exchanged at random (which is
 * exact, for that is how they were measured), a change is put on top, and the
 * judging of judge.h is asked.
 */
#pragma once

#include "harness/base/rng.h"

#include <stddef.h>

struct resample {
    const double *d; /* log-ratios of pairs of equal sides, n > 0 */
    size_t n;
    size_t pairs;  /* of the first look; as many again where it is unclear */
    double margin; /* as in struct judged */
};

struct resampled {
    double slower; /* parts of all comparisons */
    double faster;
    double seen; /* pairs that a comparison took, on average */
};

/* `trials` comparisons in which the new side is worse by `change` (of the
 * logarithm). */
struct resampled resample_judge(const struct resample *resample, double change,
                                size_t trials, struct rng *rng);

/* The smallest change, as a ratio such as 0.05, that is called slower in
 * `power` of the trials; INFINITY: none up to 100 %. `ret` is what it takes to
 * find that one. */
double resample_smallest(const struct resample *resample, double power,
                         size_t trials, struct rng *rng, struct resampled *ret);
