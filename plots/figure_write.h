/* SPDX-License-Identifier: MIT */
/*
 * The figure's data as the file that style.gp reads: blocks of lines with
 * fields between tabs, two empty lines between blocks.
 *
 *   index 0   facts: name, text, number (style.gp knows them by position)
 *         1   panels: table, label, metric, y_min, y_max
 *         2   legend: label, colour, dash, point
 *         3   notes: panel, text
 *         4   blocks: panel, legend, rows
 *         5   values of x for tics
 *         6.. the blocks: x, y, low, high, n, mark, text...
 *
 * Numbers count from 1; `?` is a missing one. The first line of each block
 * names the columns. All texts are clean (plots/format.h): whatever a document
 * says reaches gnuplot as a field of this file and in no other way.
 */
#pragma once

#include "plots/figure_text.h"

struct figure_facts {
    const char *name;
    const struct figure_spec *spec;
    const struct figure_caption *caption;
    double pus; /* NAN: not known */
};

void figure_write(const struct figure_facts *facts,
                  const struct figure_data *data, FILE *out);
