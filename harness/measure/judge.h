/* SPDX-License-Identifier: MIT */
/*
 * What pairs of measurements say: slower, faster, the same, or unclear.
 *
 * A value is the difference of logarithms d of one pair, new against base,
 * signed so that above 0 is worse. What is asked is where the median of d
 * lies, against a margin: the differences that nobody would act on.
 *
 *   slower   the median is above +margin   (sign test, error level shared
 *   faster   the median is below -margin    out over the family by Holm)
 *   same     the 95 % interval of the median lies within the margin
 *   unclear  none of these
 *
 * The data are looked at twice at most: at the first `first` values, and, where
 * those left it unclear, at all there are. Each look has half of the error
 * level, so that going on does no harm; looking a third time would.
 * docs/method.md says why it is this and no other test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define JUDGE_ALPHA 0.05 /* of a family, over both looks */

enum verdict {
    VERDICT_SLOWER,
    VERDICT_FASTER,
    VERDICT_SAME,
    VERDICT_UNCLEAR,
    VERDICTS,
};

/* "slower", "faster", "same", "unclear". */
extern const char *const verdict_names[VERDICTS];

/* One question, and its answer. */
struct judged {
    const double *d; /* in the order of measuring; finite */
    size_t n;
    size_t first;  /* how many of them the first look takes */
    double margin; /* of |d|, 0 or more */
    bool gates;    /* belongs to the family; else its p is taken as it is */

    enum verdict verdict;
    int look;          /* 1 or 2: the one that settled it, or the last */
    size_t seen;       /* the number of values of that look */
    double median;     /* of d; NAN without a value, as the next two */
    double low, high;  /* the exact 95 % interval; NAN below 6 values */
    double p;          /* two-sided sign test against the margin */
    double p_adjusted; /* after Holm, over all that gate */
    double spread;     /* robust standard deviation: 1.4826 MAD */
    size_t wanted;     /* unclear: about so many pairs would settle it; 0: no
                          number that anybody would wait for, or too few
                          values to tell */
    size_t least;      /* so many values that agree suffice for slower, whatever
                          the others say; fewer only where others are clear */
};

#define JUDGE_WANTED_MAX 100000

/* Fills in the answers; one family. */
void judge_family(struct judged *judged, size_t n);
