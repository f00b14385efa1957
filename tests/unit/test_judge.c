/* SPDX-License-Identifier: MIT */
/*
 * The judging of comparisons: against values of an independent implementation
 * in exact fractions, against cases worked out by hand, and against its
 * promise: 10,000 seeded comparisons of something with itself, in four shapes
 * of noise, raise a false alarm in at most 5 % of cases, families of 12 too.
 */
#undef NDEBUG
#include "harness/base/rng.h"
#include "harness/measure/judge.h"
#include "harness/measure/sign_test.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void is_close(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-9 * fabs(wanted) + 1e-300)) {
        printf("%.17g, wanted %.17g\n", got, wanted);
        abort();
    }
}

/* sum(comb(n, i) for i in range(k, n + 1)) / 2 ** n, in fractions. */
static void upper(void)
{
    is_close(sign_test_upper(6, 6), 0.015625);
    is_close(sign_test_upper(20, 15), 0.020694732666015625);
    is_close(sign_test_upper(20, 16), 0.005908966064453125);
    is_close(sign_test_upper(20, 3), 0.9997987747192383);
    is_close(sign_test_upper(41, 21), 0.5);
    is_close(sign_test_upper(1000, 532), 0.023145598680249076);
    is_close(sign_test_upper(3000, 1600), 0.00013928198051961686);
    is_close(sign_test_upper(20000, 10300), 1.1383490690897912e-05);
    assert(sign_test_upper(7, 0) == 1.0 && sign_test_upper(7, 8) == 0.0);
    assert(sign_test_upper(0, 0) == 1.0 && sign_test_upper(0, 1) == 0.0);
}

static void ranks(void)
{
    static const struct {
        size_t n;
        double alpha;
        size_t rank;
    } known[] = {
        {5, 0.05, 0},    {5, 0.025, 0},   {5, 0.1, 1},      {6, 0.05, 1},
        {6, 0.025, 0},   {6, 0.1, 1},     {7, 0.05, 1},     {7, 0.025, 1},
        {7, 0.1, 1},     {8, 0.05, 1},    {8, 0.025, 1},    {8, 0.1, 2},
        {20, 0.05, 6},   {20, 0.025, 5},  {20, 0.1, 6},     {40, 0.05, 14},
        {40, 0.025, 13}, {40, 0.1, 15},   {60, 0.05, 22},   {60, 0.025, 21},
        {60, 0.1, 24},   {200, 0.05, 86}, {200, 0.025, 84}, {200, 0.1, 88},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        assert(sign_test_rank(known[i].n, known[i].alpha) == known[i].rank);
    }
}

/* One question over n values, of which the first look takes `first`. */
static struct judged judge_one(const double *d, size_t n, size_t first,
                               double margin)
{
    struct judged judged = {
        .d = d, .n = n, .first = first, .margin = margin, .gates = true};
    judge_family(&judged, 1);
    return judged;
}

/* center - step, center, center + step, ... around the center. */
static void spread(double *d, size_t n, double center, double step)
{
    for (size_t i = 0; i < n; i++) {
        d[i] = center + step * ((double)(i * 7 % n) - (double)(n - 1) / 2.0);
    }
}

static void verdicts(void)
{
    double d[20];
    spread(d, 20, 0.06, 0.001);
    struct judged judged = judge_one(d, 20, 20, 0.02);
    assert(judged.verdict == VERDICT_SLOWER && judged.look == 1);
    assert(judged.seen == 20 && judged.wanted == 0);
    is_close(judged.median, 0.06);
    is_close(judged.low, 0.06 - 0.0045); /* x(6) and x(15) of 20 */
    is_close(judged.high, 0.06 + 0.0045);
    is_close(judged.p, 2 * pow(0.5, 20));
    is_close(judged.spread, 1.4826 * 0.005);
    spread(d, 20, -0.06, 0.001);
    assert(judge_one(d, 20, 20, 0.02).verdict == VERDICT_FASTER);
    spread(d, 20, 0.005, 0.001);
    assert(judge_one(d, 20, 20, 0.02).verdict == VERDICT_SAME);
    spread(d, 20, 0.02, 0.001);
    judged = judge_one(d, 20, 20, 0.02);
    assert(judged.verdict == VERDICT_UNCLEAR);
    assert(judged.p == 1.0);
    /* Too few for any verdict, none at all, and no margin. */
    spread(d, 20, 0.06, 0.001);
    assert(judge_one(d, 5, 20, 0.02).verdict == VERDICT_UNCLEAR);
    assert(isnan(judge_one(d, 5, 20, 0.02).low));
    judged = judge_one(d, 0, 20, 0.02);
    assert(judged.verdict == VERDICT_UNCLEAR && isnan(judged.median));
    memset(d, 0, sizeof(d));
    judged = judge_one(d, 20, 20, 0.0);
    assert(judged.verdict == VERDICT_UNCLEAR && judged.p == 1.0);
    assert(judge_one(d, 20, 20, 0.02).verdict == VERDICT_SAME);
}

/* What the first look settles stays; what it leaves open is asked again with
 * all values. */
static void looks(void)
{
    double d[40];
    spread(d, 40, 0.06, 0.0001);
    d[0] = d[1] = d[2] = d[3] = d[4] = d[5] = -0.5;
    struct judged judged = judge_one(d, 20, 20, 0.02); /* 14 of 20: p 0.115 */
    assert(judged.verdict == VERDICT_UNCLEAR && judged.look == 1);
    is_close(judged.p, 2 * 0.057659149169921875);
    judged = judge_one(d, 40, 20, 0.02); /* 34 of 40 */
    assert(judged.verdict == VERDICT_SLOWER && judged.look == 2);
    assert(judged.seen == 40);
    spread(d, 40, 0.06, 0.0001);
    for (size_t i = 20; i < 40; i++) {
        d[i] = -0.5;
    }
    judged = judge_one(d, 40, 20, 0.02);
    assert(judged.verdict == VERDICT_SLOWER && judged.look == 1);
    assert(judged.seen == 20);
    /* A p of 0.041 would do for one look at 5 %, not for one of two. */
    spread(d, 20, 0.06, 0.0001);
    d[0] = d[1] = d[2] = d[3] = d[4] = -0.5;
    judged = judge_one(d, 20, 20, 0.02);
    is_close(judged.p, 2 * 0.020694732666015625);
    assert(judged.verdict == VERDICT_UNCLEAR);
}

/* k of 20 values below the margin, the others above. */
static void votes(double *d, size_t below)
{
    for (size_t i = 0; i < 20; i++) {
        d[i] = i < below ? -0.1 : 0.1;
    }
}

/* p = 0.0118, 0.0026, 0.0004 for 4, 3, 2 of 20; Holm: 3 x, 2 x, 1 x in the
 * order of size. What does not gate is no member. */
static void holm(void)
{
    double d[4][20];
    struct judged judged[4];
    const size_t below[4] = {4, 2, 3, 4};
    for (int i = 0; i < 4; i++) {
        votes(d[i], below[i]);
        judged[i] = (struct judged){
            .d = d[i], .n = 20, .first = 20, .margin = 0.02, .gates = i < 3};
    }
    judge_family(judged, 4);
    is_close(judged[1].p, 2 * 0.00020122528076171875);
    is_close(judged[1].p_adjusted, 3 * judged[1].p);
    is_close(judged[2].p_adjusted, 2 * judged[2].p);
    is_close(judged[0].p_adjusted, judged[0].p);
    is_close(judged[3].p_adjusted, judged[3].p);
    /* Never below that of a smaller p. */
    votes(d[0], 3);
    votes(d[1], 3);
    judge_family(judged, 4);
    is_close(judged[0].p_adjusted, 3 * judged[0].p);
    is_close(judged[1].p_adjusted, judged[0].p_adjusted);
    is_close(judged[2].p_adjusted, judged[0].p_adjusted);
    /* Alone 4 of 20 is significant, among twelve it is not. */
    struct judged family[12];
    votes(d[0], 4);
    assert(judge_one(d[0], 20, 20, 0.02).verdict == VERDICT_SLOWER);
    votes(d[1], 10);
    for (int i = 0; i < 12; i++) {
        family[i] = (struct judged){
            .d = d[i > 0], .n = 20, .first = 20, .margin = 0.02, .gates = true};
    }
    judge_family(family, 12);
    assert(family[0].verdict == VERDICT_UNCLEAR);
}

/* (3.5 s / (|effect| - margin))^2: with s = 5.9 %, an effect of 5 % and 2 %
 * margin 47.4 pairs. */
static void wanted(void)
{
    double d[23];
    double step = 0.059 / 1.4826 / 6.0; /* the MAD of 23 is 6 steps */
    spread(d, 23, 0.05, step);
    struct judged judged = judge_one(d, 23, 23, 0.02);
    assert(judged.verdict == VERDICT_UNCLEAR && judged.wanted == 48);
    spread(d, 23, 0.02 + 1e-12, step);
    assert(judge_one(d, 23, 23, 0.02).wanted == 0);
}

static double normal(struct rng *rng)
{
    double u = 1.0 - rng_double(rng);
    return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * rng_double(rng));
}

/* What the machine does to a process, in logarithms. */
struct machine {
    struct rng *rng;
    double state;
    double drift;
};

typedef double noise_fn(struct machine *machine);

static double noise_normal(struct machine *machine)
{
    return 0.02 * normal(machine->rng);
}

static double noise_lognormal(struct machine *machine)
{
    return log1p(0.1 * exp(normal(machine->rng)));
}

static double noise_drifting(struct machine *machine)
{
    machine->drift += 0.002;
    machine->state = 0.9 * machine->state + 0.01 * normal(machine->rng);
    return machine->drift + machine->state;
}

/* One of two ways of running, 4 times apart, which it keeps for a while. */
static double noise_two_modes(struct machine *machine)
{
    if (rng_below(machine->rng, 5) == 0) {
        machine->state = machine->state > 0.0 ? 0.0 : log(4.0);
    }
    return machine->state + 0.01 * normal(machine->rng);
}

/* Pairs as they are measured: one process after the other, in random order. */
static void measure(struct machine *machine, noise_fn *noise, double *d,
                    size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double first = noise(machine);
        double second = noise(machine);
        d[i] = rng_below(machine->rng, 2) ? first - second : second - first;
    }
}

enum { SETS = 10000, FAMILY = 12, FIRST = 20, ALL = 40 };

static bool any_alarm(const struct judged *judged, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (judged[i].verdict == VERDICT_SLOWER ||
            judged[i].verdict == VERDICT_FASTER) {
            return true;
        }
    }
    return false;
}

/* The rate of false alarms without a margin, of families of `size`. */
static double alarms(noise_fn *noise, size_t size, double margin)
{
    struct rng rng = {.state = 20261122};
    double d[FAMILY][ALL];
    size_t n = 0;
    for (size_t set = 0; set < SETS; set++) {
        struct judged judged[FAMILY];
        for (size_t i = 0; i < size; i++) {
            struct machine machine = {.rng = &rng};
            measure(&machine, noise, d[i], ALL);
            judged[i] = (struct judged){.d = d[i],
                                        .n = ALL,
                                        .first = FIRST,
                                        .margin = margin,
                                        .gates = true};
        }
        judge_family(judged, size);
        n += any_alarm(judged, size);
    }
    return (double)n / SETS;
}

static void promise(void)
{
    static const struct {
        const char *name;
        noise_fn *noise;
    } shapes[] = {{"normal", noise_normal},
                  {"lognormal", noise_lognormal},
                  {"drifting", noise_drifting},
                  {"two modes", noise_two_modes}};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        double alone = alarms(shapes[i].noise, 1, 0.0);
        double family = alarms(shapes[i].noise, FAMILY, 0.0);
        double usual = alarms(shapes[i].noise, 1, log1p(0.02));
        printf("false alarms, %s: %.2f %% of comparisons, %.2f %% of families "
               "of %d; with a margin of 2 %%: %.2f %%\n",
               shapes[i].name, 100 * alone, 100 * family, FAMILY, 100 * usual);
        assert(alone <= 0.05 && family <= 0.05 && usual <= alone);
        assert(alone > 0.01); /* it is a test and no stone */
    }
}

/* And it finds what is there. */
static void power(void)
{
    struct rng rng = {.state = 1};
    size_t found = 0;
    for (int set = 0; set < 1000; set++) {
        double d[ALL];
        struct machine machine = {.rng = &rng};
        measure(&machine, noise_drifting, d, ALL);
        for (size_t i = 0; i < ALL; i++) {
            d[i] += log(1.05);
        }
        found +=
            judge_one(d, ALL, FIRST, log1p(0.02)).verdict == VERDICT_SLOWER;
    }
    printf("+5 %% under drift: found in %zu of 1000\n", found);
    assert(found > 990);
}

int main(void)
{
    upper();
    ranks();
    verdicts();
    looks();
    holm();
    wanted();
    promise();
    power();
    return 0;
}
