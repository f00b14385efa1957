/* SPDX-License-Identifier: MIT */
/* What resampled comparisons say, where it can be worked out. */
#undef NDEBUG
#include "harness/measure/resample.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* Without any noise every change above the margin is found at once, and none
 * below it. */
static void silent(void)
{
    const double d[6] = {0};
    struct resample resample = {
        .d = d, .n = 6, .pairs = 20, .margin = log1p(0.02)};
    struct rng rng = {.state = 1};
    struct resampled found = resample_judge(&resample, 0.0, 100, &rng);
    assert(found.slower == 0.0 && found.faster == 0.0 && found.seen == 20.0);
    found = resample_judge(&resample, log1p(0.03), 100, &rng);
    assert(found.slower == 1.0 && found.faster == 0.0 && found.seen == 20.0);
    found = resample_judge(&resample, -log1p(0.03), 100, &rng);
    assert(found.slower == 0.0 && found.faster == 1.0);
    double smallest = resample_smallest(&resample, 0.8, 100, &rng, &found);
    assert(fabs(smallest - 0.0225) < 1e-9); /* the first step above 2 % */
}

/*
 * d is -s or +s with even odds. A change of c is found when 16 of 20, or
 * 28 of 40, lie above the margin m: always if c - s > m, and if not as often
 * as sign tests err, which is 1.3 % to one side.
 */
static void two_values(void)
{
    const double d[1] = {0.10};
    struct resample resample = {
        .d = d, .n = 1, .pairs = 20, .margin = log1p(0.02)};
    struct rng rng = {.state = 1};
    struct resampled found;
    struct resampled below = resample_judge(&resample, 0.1, 4000, &rng);
    assert(below.slower > 0.005 && below.slower < 0.025);
    assert(below.seen > 39.0 && below.seen <= 40.0);
    double smallest = resample_smallest(&resample, 0.8, 400, &rng, &found);
    double wanted = exp(0.10 + log1p(0.02)) - 1.0;
    assert(smallest > wanted - 0.0001 && smallest < wanted + 0.0051);
}

/* Noise beyond anything: nothing up to 100 % is found. */
static void deafening(void)
{
    const double d[1] = {10.0};
    struct resample resample = {.d = d, .n = 1, .pairs = 20, .margin = 0.05};
    struct rng rng = {.state = 1};
    struct resampled found;
    assert(isinf(resample_smallest(&resample, 0.8, 100, &rng, &found)));
}

int main(void)
{
    silent();
    two_values();
    deafening();
    return 0;
}
