/* SPDX-License-Identifier: MIT */
/* An excerpt of a trace as a picture: a row for each lane (timeline.gp). */
#pragma once

#include "harness/record/timeline.h"
#include "plots/figure.h"

#include <stdio.h>

/* More make the picture unreadable, and slow to open. */
#define TIMELINE_FIGURE_LANES 32
#define TIMELINE_FIGURE_SIZE  20000

struct timeline_figure {
    const struct timeline *timeline;
    uint64_t begin_ns;
    uint64_t end_ns;
    const char *title;
    const char *subtitle;
    const char *states[TIMELINE_STATES]; /* what they are called here */
    const char *gnuplot;                 /* from gnuplot_find() */
};

/* How much there is to draw between two times, roughly in spans, of the lanes
 * that have room. */
size_t timeline_figure_size(const struct timeline *timeline, uint64_t begin_ns,
                            uint64_t end_ns);

/* So much around the middle, and so much less that what is in it can be told
 * apart. */
void timeline_figure_excerpt(const struct timeline *timeline,
                             uint64_t *ret_begin, uint64_t *ret_end);

/* The middle `length_ns`, or all of it. */
void timeline_figure_middle(const struct timeline *timeline, uint64_t length_ns,
                            uint64_t *ret_begin, uint64_t *ret_end);

/* Writes the picture. */
int timeline_figure_draw(const struct timeline_figure *figure,
                         enum figure_format format, FILE *out,
                         struct diag *diag);
