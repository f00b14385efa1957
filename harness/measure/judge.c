/* SPDX-License-Identifier: MIT */
#include "harness/measure/judge.h"

#include "harness/base/must.h"
#include "harness/measure/sign_test.h"
#include "harness/measure/stats.h"

#include <math.h>
#include <string.h>

#define LOOK_ALPHA (JUDGE_ALPHA / 2.0)

const char *const verdict_names[VERDICTS] = {"slower", "faster", "same",
                                             "unclear"};

/* A difference on the margin speaks for neither side. */
static double p_value(const struct judged *judged)
{
    size_t above = 0;
    size_t below = 0;
    for (size_t i = 0; i < judged->seen; i++) {
        above += judged->d[i] > judged->margin;
        below += judged->d[i] < -judged->margin;
    }
    double p =
        2.0 * sign_test_upper(judged->seen, above > below ? above : below);
    return p < 1.0 ? p : 1.0;
}

/* Estimate, interval, spread and p of the first `seen` values. */
static void estimate(struct judged *judged, size_t seen)
{
    judged->seen = seen;
    judged->median = judged->low = judged->high = judged->spread = NAN;
    judged->p = 1.0;
    if (seen == 0) {
        return;
    }
    double *sorted = must_calloc(seen, sizeof(*sorted));
    memcpy(sorted, judged->d, seen * sizeof(*sorted));
    judged->median = stats_median(sorted, seen);
    if (!stats_median_interval(sorted, seen, &judged->low, &judged->high)) {
        judged->low = judged->high = NAN;
    }
    judged->p = p_value(judged);
    for (size_t i = 0; i < seen; i++) {
        sorted[i] = fabs(sorted[i] - judged->median);
    }
    judged->spread = 1.4826 * stats_median(sorted, seen);
    free(sorted);
}

/* In the order of their p. */
static int by_p(const void *a, const void *b)
{
    const struct judged *x = *(struct judged *const *)a;
    const struct judged *y = *(struct judged *const *)b;
    return (x->p > y->p) - (x->p < y->p);
}

/* Holm 1979: the k-th smallest p of m (from 0) times m - k, never below the
 * one before. What the first look has settled is not asked again but still
 * counts in m, as if its p were 1: that can only raise the others. */
static void adjust(struct judged *judged, size_t n, const bool *asked)
{
    struct judged **order = must_calloc(n, sizeof(struct judged *));
    size_t members = 0;
    size_t n_order = 0;
    for (size_t i = 0; i < n; i++) {
        members += judged[i].gates;
        if (asked[i] && judged[i].gates) {
            order[n_order++] = &judged[i];
        } else if (asked[i]) {
            judged[i].p_adjusted = judged[i].p;
        }
    }
    qsort(order, n_order, sizeof(struct judged *), by_p);
    double last = 0.0;
    for (size_t k = 0; k < n_order; k++) {
        double p = order[k]->p * (double)(members - k);
        last = p > last ? p : last;
        order[k]->p_adjusted = last < 1.0 ? last : 1.0;
    }
    free(order);
}

static enum verdict verdict_of(const struct judged *judged)
{
    if (judged->p_adjusted <= LOOK_ALPHA) {
        return judged->median > 0.0 ? VERDICT_SLOWER : VERDICT_FASTER;
    }
    bool within =
        judged->low > -judged->margin && judged->high < judged->margin;
    return within ? VERDICT_SAME : VERDICT_UNCLEAR;
}

/* With so many pairs that all say the same p is just small enough, also for
 * the first of Holm's order. */
static size_t least_pairs(size_t family)
{
    return (size_t)ceil(log2(2.0 * (double)family / LOOK_ALPHA));
}

/* For 80 % power by the normal approximation; 3.5 = (1.96 + 0.84) times what
 * a median is worth less than a mean. Not fewer than could be significant. */
static size_t wanted_pairs(const struct judged *judged)
{
    double room = fabs(fabs(judged->median) - judged->margin);
    double root = 3.5 * judged->spread / room;
    double least = (double)judged->least;
    double wanted = ceil(root * root);
    wanted = wanted > least ? wanted : least;
    wanted = wanted > (double)judged->seen ? wanted : (double)judged->seen + 1;
    return wanted <= JUDGE_WANTED_MAX ? (size_t)wanted : 0;
}

/* One look at those that are asked; says which remain. */
static bool look(struct judged *judged, size_t n, int number, bool *asked)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        bool first = number == 1 && judged[i].first < judged[i].n;
        asked[i] = number == 1 || (judged[i].verdict == VERDICT_UNCLEAR &&
                                   judged[i].n > judged[i].seen);
        if (asked[i]) {
            judged[i].look = number;
            estimate(&judged[i], first ? judged[i].first : judged[i].n);
        }
        any = any || asked[i];
    }
    if (any) {
        adjust(judged, n, asked);
    }
    for (size_t i = 0; i < n; i++) {
        judged[i].verdict =
            asked[i] ? verdict_of(&judged[i]) : judged[i].verdict;
    }
    return any;
}

void judge_family(struct judged *judged, size_t n)
{
    bool *asked = must_calloc(n, sizeof(*asked));
    size_t family = 0;
    look(judged, n, 1, asked);
    look(judged, n, 2, asked);
    for (size_t i = 0; i < n; i++) {
        family += judged[i].gates;
    }
    for (size_t i = 0; i < n; i++) {
        /* Without an interval the spread is not known either. */
        bool asks =
            judged[i].verdict == VERDICT_UNCLEAR && isfinite(judged[i].low);
        judged[i].least = least_pairs(judged[i].gates ? family : 1);
        judged[i].wanted = asks ? wanted_pairs(&judged[i]) : 0;
    }
    free(asked);
}
