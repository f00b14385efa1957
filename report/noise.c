/* SPDX-License-Identifier: MIT */
/*
 * How steady the machine was: every process as a dot, its throughput by the
 * median of its cell, in the order of running. A slow minute is a dip.
 */
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"
#include "plots/figure_cell.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

#define WIDTH  960
#define LEFT   84.0
#define RIGHT  936.0
#define TOP    48.0
#define BOTTOM 268.0
#define MOST   0.5 /* decades up and down: a factor of 3.2 */

struct dot {
    const json_t *cell;
    double order;
    double ratio;
};

struct dots {
    size_t n;
    struct dot *all;
    double last; /* in the order */
};

static void add_cell(struct dots *dots, const json_t *cell)
{
    struct figure_value value;
    size_t i;
    const json_t *repetition;
    if (!figure_cell_metric(cell, "steps_per_s", &value) ||
        !(value.median > 0)) {
        return;
    }
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        double order = json_number_value(json_object_get(repetition, "order"));
        double steps =
            json_number_value(json_object_get(repetition, "steps_per_s"));
        if (steps > 0 && order >= 0) {
            dots->all[dots->n++] =
                (struct dot){cell, order, steps / value.median};
            dots->last = fmax(dots->last, order);
        }
    }
}

static double y_of(double ratio)
{
    double at = fmax(-MOST, fmin(MOST, log10(ratio)));
    return (TOP + BOTTOM) / 2 - at / MOST * (BOTTOM - TOP) / 2;
}

static void put_axis(FILE *out)
{
    static const double values[] = {0.33, 0.5, 0.8, 1, 1.25, 2, 3};
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        double y = y_of(values[i]);
        fprintf(out,
                "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" "
                "y=\"%.1f\" text-anchor=\"end\">%g</text>",
                values[i] == 1 ? "axis" : "grid", LEFT, y, RIGHT, LEFT - 8,
                y + 4, values[i]);
    }
    fprintf(out,
            "\n<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">processes in "
            "the order of running</text>\n",
            (LEFT + RIGHT) / 2, BOTTOM + 26);
}

/* Dots are a path of lines without length, with round ends. */
static void put_dots(FILE *out, const struct dots *dots)
{
    fputs("<path class=\"dots\" d=\"", out);
    for (size_t i = 0; i < dots->n; i++) {
        const struct dot *dot = &dots->all[i];
        double x = LEFT + (RIGHT - LEFT) * dot->order / fmax(1, dots->last);
        fprintf(out, "M%.1f %.1fh0", x, y_of(dot->ratio));
    }
    fputs("\"/>\n", out);
}

/* Half of the processes lie within this of their cell's median. */
static double typical(const struct dots *dots)
{
    _cleanup_(free_p) double *away = must_calloc(dots->n, sizeof(*away));
    for (size_t i = 0; i < dots->n; i++) {
        away[i] = 100 * fabs(dots->all[i].ratio - 1);
    }
    return stats_median(away, dots->n);
}

static int by_order(const void *a, const void *b)
{
    const struct dot *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static void put_numbers(FILE *out, const struct dots *dots)
{
    static const char *const columns[] = {"order", "by the median", "cell",
                                          NULL};
    _cleanup_(json_decref_p) json_t *rows = json_array();
    for (size_t i = 0; i < dots->n; i++) {
        const struct dot *dot = &dots->all[i];
        json_t *row =
            json_pack("[I o s]", (json_int_t)fmin(dot->order, 1e15),
                      json_number(dot->ratio), report_get(dot->cell, "id", ""));
        must(row != NULL);
        json_array_append_new(rows, row);
    }
    const struct report_numbers numbers = {
        .name = "noise",
        .title = "every process in the order of running",
        .columns = columns,
        .rows = rows};
    report_numbers(out, &numbers);
}

static void put_chart(FILE *out, const struct dots *dots)
{
    fprintf(
        out,
        "<figure id=\"figure-noise\">\n<div class=\"scroll\" "
        "role=\"region\" tabindex=\"0\" aria-label=\"Chart of the noise\">\n"
        "<svg class=\"own\" role=\"img\" aria-labelledby=\"noise_title "
        "noise_desc\" viewBox=\"0 0 %d %.0f\">\n"
        "<title id=\"noise_title\">How steady the machine was</title>\n"
        "<desc id=\"noise_desc\">%zu processes; half of them lie within "
        "%.1f %% of the median of their cell.</desc>\n"
        "<text class=\"head\" x=\"16\" y=\"24\">How steady the machine "
        "was: throughput of each process by the median of its cell</text>"
        "\n",
        WIDTH, BOTTOM + 40, dots->n, typical(dots));
    put_axis(out);
    put_dots(out, dots);
    fprintf(out,
            "</svg></div>\n<figcaption>A dot is a process; half of the %zu lie "
            "within %.1f&nbsp;%% of the median of their cell. A slow minute of "
            "the machine would be a dip of many dots side by side; single dots "
            "far away belong to cells that vary by themselves, as races for a "
            "lock do.</figcaption>\n",
            dots->n, typical(dots));
    put_numbers(out, dots);
    fputs("</figure>\n", out);
}

void report_noise(const struct report *report)
{
    const json_t *cells = json_object_get(report->document, "cells");
    size_t capacity = 0, i;
    const json_t *cell;
    json_array_foreach((json_t *)cells, i, cell)
    {
        capacity += json_array_size(json_object_get(cell, "repetitions"));
    }
    _cleanup_(free_p) struct dot *all = must_calloc(capacity, sizeof(*all));
    struct dots dots = {.all = all};
    json_array_foreach((json_t *)cells, i, cell)
    {
        add_cell(&dots, cell);
    }
    if (dots.n > 0) {
        qsort(all, dots.n, sizeof(*all), by_order);
        put_chart(report->out, &dots);
    }
}
