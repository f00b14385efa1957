/* SPDX-License-Identifier: MIT */
/* Changes of level: found where they are, and seldom where there is none. */
#undef NDEBUG
#include "harness/base/rng.h"
#include "harness/measure/change_points.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX 16

/* Normal by Box and Muller. */
static double normal(struct rng *rng)
{
    double u = 1.0 - rng_double(rng);
    double v = rng_double(rng);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

static size_t find(const double *values, size_t n, struct change_point *ret)
{
    return change_points(values, n, 0.01, ret, MAX);
}

static void test_steps(void)
{
    struct rng rng = {.state = 7};
    struct change_point points[MAX];
    double values[60];
    for (size_t i = 0; i < 60; i++) {
        double level = i < 20 ? 10.0 : i < 45 ? 12.0 : 9.0;
        values[i] = level + 0.3 * normal(&rng);
    }
    assert(find(values, 60, points) == 2);
    assert(points[0].at == 20 && points[1].at == 45);
    assert(points[0].p <= 0.01 && points[1].p <= 0.01);

    struct change_point again[MAX];
    assert(find(values, 60, again) == 2);
    assert(memcmp(points, again, 2 * sizeof(*points)) == 0);
    assert(change_points(values, 60, 0.01, again, 1) == 2);
    assert(again[0].at == 20);
}

static void test_small(void)
{
    struct change_point points[MAX];
    const double constant[8] = {5, 5, 5, 5, 5, 5, 5, 5};
    assert(find(constant, 0, points) == 0);
    assert(find(constant, 5, points) == 0);
    assert(find(constant, 8, points) == 0);
}

/* 1 % is promised; 300 series bring 3, and 9 or more once in 250 times. */
static void test_false_alarms(void)
{
    struct rng rng = {.state = 11};
    struct change_point points[MAX];
    unsigned alarms = 0;
    for (int series = 0; series < 300; series++) {
        double values[20];
        for (size_t i = 0; i < 20; i++) {
            values[i] = exp(0.1 * normal(&rng));
        }
        alarms += find(values, 20, points) > 0;
    }
    printf("%u of 300 series without a change have one\n", alarms);
    assert(alarms <= 8);
}

int main(void)
{
    test_steps();
    test_small();
    test_false_alarms();
    return 0;
}
