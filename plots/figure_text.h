/* SPDX-License-Identifier: MIT */
/* What stands round a figure, and what it says to those who cannot see it. */
#pragma once

#include "plots/figure_data.h"

#include <jansson.h>
#include <stdio.h>

struct figure_caption {
    char machine[400]; /* CPU, PUs, kernel, commit, date */
    char method[256];  /* processes a point, what the bars are */
    char missing[512]; /* cells that are not drawn; "" when all are */
};

void figure_caption_make(const json_t *document, const struct figure_data *data,
                         struct figure_caption *ret);

/* All the numbers in sentences: the description of the SVG. */
void figure_describe(const struct figure_spec *spec,
                     const struct figure_data *data, FILE *out);
