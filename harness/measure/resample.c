/* SPDX-License-Identifier: MIT */
#include "harness/measure/resample.h"

#include "harness/base/must.h"
#include "harness/measure/judge.h"

#include <math.h>

#define STEP 0.0025
#define MOST 1.0

static void draw(const struct resample *resample, double change, double *d,
                 struct rng *rng)
{
    for (size_t i = 0; i < 2 * resample->pairs; i++) {
        double value = resample->d[rng_below(rng, resample->n)];
        d[i] = (rng_below(rng, 2) ? value : -value) + change;
    }
}

struct resampled resample_judge(const struct resample *resample, double change,
                                size_t trials, struct rng *rng)
{
    double *d = must_calloc(2 * resample->pairs, sizeof(*d));
    struct resampled result = {0};
    for (size_t i = 0; i < trials; i++) {
        draw(resample, change, d, rng);
        struct judged judged = {.d = d,
                                .n = 2 * resample->pairs,
                                .first = resample->pairs,
                                .margin = resample->margin,
                                .gates = true};
        judge_family(&judged, 1);
        result.slower += judged.verdict == VERDICT_SLOWER;
        result.faster += judged.verdict == VERDICT_FASTER;
        result.seen += (double)judged.seen;
    }
    free(d);
    result.slower /= (double)trials;
    result.faster /= (double)trials;
    result.seen /= (double)trials;
    return result;
}

/* Power grows with the change, so the step is found by halving. */
double resample_smallest(const struct resample *resample, double power,
                         size_t trials, struct rng *rng, struct resampled *ret)
{
    unsigned low = 0;
    unsigned high = (unsigned)(MOST / STEP);
    *ret = resample_judge(resample, log1p(MOST), trials, rng);
    if (ret->slower < power) {
        return INFINITY;
    }
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        struct resampled one =
            resample_judge(resample, log1p(middle * STEP), trials, rng);
        if (one.slower >= power) {
            high = middle;
            *ret = one;
        } else {
            low = middle;
        }
    }
    return high * STEP;
}
