/* SPDX-License-Identifier: MIT */
/* All cells with their main numbers. */
#include "harness/base/cleanup.h"
#include "plots/figure_cell.h"
#include "plots/format.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *metric;
    const char *heading;
    double factor; /* 0: a count */
} columns[] = {
    {"steps_per_s", "steps per s", 0},
    {"background_steps_per_s", "background", 0},
    {"latency_p50_ns", "p50", 1e-9},
    {"latency_p99_ns", "p99", 1e-9},
    {"switches_per_s", "switches per s", 0},
    {"fairness_jain", "fairness", 0},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

static void format(double value, double factor, char *text, size_t size)
{
    text[0] = '\0';
    if (isfinite(value) && factor > 0) {
        format_seconds(text, size, value * factor);
    } else if (isfinite(value)) {
        format_count(text, size, value);
    }
}

/* The same metric of the cell with that id in the other result. */
static double other_value(const struct report *report, const json_t *cell,
                          const char *metric)
{
    const json_t *other =
        json_object_get(report->others_by_id, report_get(cell, "id", ""));
    struct figure_value value;
    return other && figure_cell_metric(other, metric, &value) ? value.median
                                                              : NAN;
}

static void put_value(FILE *out, double value, double factor)
{
    char text[64];
    format(value, factor, text, sizeof(text));
    fputs("<td class=\"n\" data-sort=\"", out);
    html_csv_number(out, value);
    fprintf(out, "\">%s</td>", text);
}

static void put_cell(const struct report *report, const json_t *cell)
{
    FILE *out = report->out;
    struct figure_value value;
    const char *status = report_get(cell, "status", "unknown");
    fputs("<tr><th scope=\"row\"><code>", out);
    html_text(out, report_get(cell, "id", ""));
    fputs("</code>", out);
    if (strcmp(status, "ok") != 0) {
        fputs(" <b class=\"badge refuted\">", out);
        html_text(out, status);
        fputs("</b> ", out);
        html_text(out, report_get(cell, "reason", ""));
    }
    fputs("</th>", out);
    for (size_t i = 0; i < COLUMNS; i++) {
        bool has = figure_cell_metric(cell, columns[i].metric, &value);
        put_value(out, has ? value.median : NAN, columns[i].factor);
        if (i > 0) {
            continue;
        }
        char low[64], high[64];
        format(has ? value.low : NAN, 0, low, sizeof(low));
        format(has ? value.high : NAN, 0, high, sizeof(high));
        fprintf(out, "<td class=\"n\">%s%s%s</td><td class=\"n\">%u</td>", low,
                *low ? " &ndash; " : "", high, has ? value.n : 0);
        if (report->request->other) {
            double other = other_value(report, cell, columns[i].metric);
            put_value(out, other, 0);
            put_value(out, (has ? value.median : NAN) / other, 0);
        }
    }
    fputs("</tr>\n", out);
}

static void put_csv(FILE *out, const json_t *cells)
{
    size_t i;
    const json_t *cell;
    fputs("<p><a download=\"cells.csv\" "
          "href=\"data:text/csv;charset=utf-8,id,status",
          out);
    for (size_t k = 0; k < COLUMNS; k++) {
        fprintf(out, ",%s,%s_low,%s_high", columns[k].metric, columns[k].metric,
                columns[k].metric);
    }
    fputs(",n%0A", out);
    json_array_foreach((json_t *)cells, i, cell)
    {
        unsigned n = 0;
        html_csv(out, report_get(cell, "id", ""));
        fputc(',', out);
        html_csv(out, report_get(cell, "status", ""));
        for (size_t k = 0; k < COLUMNS; k++) {
            struct figure_value value = {NAN, NAN, NAN, 0};
            (void)figure_cell_metric(cell, columns[k].metric, &value);
            fputc(',', out);
            html_csv_number(out, value.median);
            fputc(',', out);
            html_csv_number(out, value.low);
            fputc(',', out);
            html_csv_number(out, value.high);
            n = k == 0 ? value.n : n;
        }
        fprintf(out, ",%u%%0A", n);
    }
    fputs("\">Save as CSV</a></p>\n", out);
}

static void put_headings(const struct report *report)
{
    FILE *out = report->out;
    fputs("<thead><tr><th scope=\"col\">cell</th>", out);
    for (size_t i = 0; i < COLUMNS; i++) {
        fprintf(out, "<th scope=\"col\" class=\"n\">%s</th>",
                columns[i].heading);
        if (i == 0) {
            fputs("<th scope=\"col\" class=\"n\">95 % interval</th><th "
                  "scope=\"col\" class=\"n\">n"
                  "</th>",
                  out);
        }
        if (i == 0 && report->request->other) {
            fputs("<th scope=\"col\" class=\"n\">in the other</th><th "
                  "scope=\"col\" class=\"n\">this by "
                  "other</th>",
                  out);
        }
    }
    fputs("</tr></thead>\n", out);
}

void report_cells(const struct report *report)
{
    FILE *out = report->out;
    const json_t *cells = json_object_get(report->document, "cells");
    size_t i;
    const json_t *cell;
    fputs("<section id=\"cells\" aria-labelledby=\"cells-h\">\n"
          "<h2 id=\"cells-h\">All cells</h2>\n<p>A cell is a workload under an "
          "execution model, with a number of tasks, a placement and all "
          "parameters that are not at their default.</p>\n",
          out);
    if (report->request->other) {
        fputs("<p>The other result was measured at another time: its numbers "
              "tell trends. Differences between two runs say nothing of what "
              "caused them; for that, both sides have to be measured in "
              "turn.</p>\n",
              out);
    }
    put_csv(out, cells);
    fputs("<details open><summary>The table</summary>\n<div class=\"scroll\" "
          "role=\"region\" tabindex=\"0\" aria-label=\"All cells\">"
          "<table class=\"sortable\">\n",
          out);
    put_headings(report);
    fputs("<tbody>\n", out);
    json_array_foreach((json_t *)cells, i, cell)
    {
        put_cell(report, cell);
    }
    fputs("</tbody></table></div></details>\n</section>\n", out);
}
