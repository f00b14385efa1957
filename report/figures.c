/* SPDX-License-Identifier: MIT */
/* The charts, each with the table behind it. */
#include "plots/figure.h"
#include "report/html.h"
#include "report/sections.h"

#include <errno.h>
#include <string.h>

static bool is_number_column(size_t column)
{
    return column >= FIGURE_COLUMN_VALUE && column <= FIGURE_COLUMN_N;
}

/* What the script knows a column by. */
static const char *const columns[FIGURE_COLUMNS] = {
    [FIGURE_COLUMN_PANEL] = "panel", [FIGURE_COLUMN_LINE] = "line",
    [FIGURE_COLUMN_X] = "x",         [FIGURE_COLUMN_VALUE] = "value",
    [FIGURE_COLUMN_LOW] = "low",     [FIGURE_COLUMN_HIGH] = "high",
    [FIGURE_COLUMN_N] = "n",         [FIGURE_COLUMN_WORDS] = "words",
};

static void put_grid_row(FILE *out, const struct figure_grid *grid, size_t row)
{
    const char *cell = row == 0 ? "th" : "td";
    fputs("<tr>", out);
    for (size_t i = 0; i < FIGURE_COLUMNS; i++) {
        if (!grid->used[i]) {
            continue;
        }
        fprintf(out, "<%s%s%s", cell, row == 0 ? " scope=\"col\"" : "",
                is_number_column(i) ? " class=\"n\"" : "");
        if (row == 0) {
            fprintf(out, " data-column=\"%s\"", columns[i]);
        } else if (is_number_column(i)) {
            fputs(" data-sort=\"", out);
            html_text(out, grid->rows[row][i].raw);
            fputs("\"", out);
        }
        fputs(">", out);
        html_text(out, grid->rows[row][i].text);
        fprintf(out, "</%s>", cell);
    }
    fputs("</tr>\n", out);
}

static void put_csv_link(FILE *out, const char *id,
                         const struct figure_grid *grid)
{
    fprintf(out,
            "<p><a download=\"%s.csv\" href=\"data:text/csv;charset=utf-8,",
            id);
    for (size_t row = 0; row < grid->n_rows; row++) {
        bool first = true;
        for (size_t i = 0; i < FIGURE_COLUMNS; i++) {
            if (!grid->used[i]) {
                continue;
            }
            fputs(first ? "" : ",", out);
            first = false;
            if (row > 0 && is_number_column(i)) {
                fputs(grid->rows[row][i].raw, out);
            } else {
                html_csv(out, grid->rows[row][i].raw);
            }
        }
        fputs("%0A", out);
    }
    fprintf(out, "\">Save as CSV</a></p>\n");
}

static void put_table(FILE *out, const char *id, const char *title,
                      const struct figure_grid *grid)
{
    fputs("<details><summary>The numbers: ", out);
    html_text(out, title);
    fputs("</summary>\n", out);
    put_csv_link(out, id, grid);
    fprintf(out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
            "aria-label=\"Numbers of the chart %s\"><table>\n<thead>",
            id);
    put_grid_row(out, grid, 0);
    fputs("</thead>\n<tbody>\n", out);
    for (size_t row = 1; row < grid->n_rows; row++) {
        put_grid_row(out, grid, row);
    }
    fputs("</tbody></table></div>\n</details>\n", out);
}

static void put_figure(FILE *out, const char *id, const char *whose,
                       const struct figure_parts *parts)
{
    fprintf(out,
            "<figure id=\"figure-%s\">\n<div class=\"scroll\" "
            "role=\"region\" tabindex=\"0\" aria-label=\"Chart %s\">\n",
            id, id);
    fputs(parts->svg, out);
    fputs("\n</div>\n<figcaption>", out);
    if (whose) {
        fputs("<strong>", out);
        html_text(out, whose);
        fputs("</strong>: ", out);
    }
    html_text(out, parts->read);
    if (*parts->missing) {
        fputs(" ", out);
        html_text(out, parts->missing);
    }
    fputs("</figcaption>\n", out);
    put_table(out, id, parts->title, &parts->grid);
    fputs("</figure>\n", out);
}

/* Draws one figure of one result; without data it is left out. */
static int draw(const struct report *report, const char *name,
                const json_t *document, const char *prefix, const char *whose,
                struct diag *diag)
{
    struct figure_request request = {.name = name,
                                     .document = document,
                                     .gnuplot = report->request->gnuplot};
    struct figure_parts parts;
    char id[128];
    snprintf(id, sizeof(id), "%s%s", prefix, name);
    int r = figure_take(&request, id, &parts, diag);
    /* A single point is no comparison. */
    if (r == 0 && parts.grid.n_rows > 2) {
        put_figure(report->out, id, whose, &parts);
    }
    figure_parts_free(&parts);
    return r == -ENODATA ? 0 : r;
}

int report_figures(const struct report *report, struct diag *diag)
{
    const struct report_request *request = report->request;
    fputs("<section id=\"charts\" aria-labelledby=\"charts-h\">\n"
          "<h2 id=\"charts-h\">The charts</h2>\n",
          report->out);
    for (size_t i = 0; figure_names[i]; i++) {
        const char *name = figure_names[i];
        int r = draw(report, name, report->document, "",
                     request->other ? request->name : NULL, diag);
        if (r == 0 && request->other) {
            r = draw(report, name, request->other, "other_",
                     request->other_name, diag);
        }
        if (r < 0) {
            return r;
        }
    }
    fputs("</section>\n", report->out);
    return 0;
}
