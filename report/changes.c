/* SPDX-License-Identifier: MIT */
/* A forest plot and the table behind it. */
#include "report/changes.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

#define ROWS_OPEN 40 /* a table of more is folded away */

void report_changes_free(struct report_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++) {
        free(changes->rows[i].drawn.label);
    }
    free(changes->rows);
    free(changes->headline);
    free(changes->counts);
    free(changes->base);
    free(changes->next);
    free(changes->method);
    free(changes->caution);
    free(changes->picture);
    *changes = (struct report_changes){0};
}

/* Without a number in any row there is nothing to draw. */
static bool is_drawn(const struct report_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++) {
        if (isfinite(changes->rows[i].drawn.pct)) {
            return true;
        }
    }
    return false;
}

/* Rows with a number, as the plot takes them; the caller frees. */
static struct forest_row *rows_to_draw(const struct report_changes *changes,
                                       size_t *ret_n)
{
    struct forest_row *rows = must_calloc(changes->n, sizeof(*rows));
    *ret_n = 0;
    for (size_t i = 0; i < changes->n; i++) {
        if (isfinite(changes->rows[i].drawn.pct)) {
            rows[(*ret_n)++] = changes->rows[i].drawn;
        }
    }
    return rows;
}

/* The forest plot as SVG into `out`, or with `path` as a file. */
static int draw(const struct report *report,
                const struct report_changes *changes, const char *path,
                struct diag *diag)
{
    char sides[2200], caption[700];
    struct forest forest = {.title = changes->picture,
                            .subtitle = sides,
                            .caption = caption,
                            .gnuplot = report->request->gnuplot};
    _cleanup_(free_p) struct forest_row *rows =
        rows_to_draw(changes, &forest.n);
    forest.rows = rows;
    memcpy(forest.kinds, changes->kinds, sizeof(forest.kinds));
    snprintf(sides, sizeof(sides), "new: %s; base: %s", changes->next,
             changes->base);
    snprintf(caption, sizeof(caption), "%s", changes->method);
    size_t drawn = forest.n < FOREST_ROWS ? forest.n : FOREST_ROWS;
    if (drawn < forest.n) {
        snprintf(caption, sizeof(caption), "The worst %zu of %zu; %.600s",
                 drawn, forest.n, changes->method);
    }
    return path ? forest_save(&forest, FIGURE_SVG, path, diag)
                : forest_draw_inline(&forest, "changes", report->out, diag);
}

static int put_picture(const struct report *report,
                       const struct report_changes *changes, struct diag *diag)
{
    FILE *out = report->out;
    fputs("<figure id=\"figure-changes\">\n<div class=\"scroll\" "
          "role=\"region\" tabindex=\"0\" aria-label=\"Chart of what "
          "changed\">\n",
          out);
    int r = draw(report, changes, NULL, diag);
    fputs("\n</div>\n<figcaption>A mark is the change of one cell, its bar the "
          "interval, the band behind it the margin: what lies within does not "
          "matter. To the right is worse.</figcaption>\n</figure>\n",
          out);
    return r;
}

static const char *class_of(enum forest_kind kind)
{
    static const char *const classes[FOREST_KINDS] = {
        [FOREST_WORSE] = "refuted",
        [FOREST_UNCLEAR] = "unclear",
        [FOREST_SAME] = "none",
        [FOREST_BETTER] = "holds",
    };
    return classes[kind];
}

static void put_row(FILE *out, const struct report_change *row)
{
    fputs("<tr><td class=\"n\" data-sort=\"", out);
    html_csv_number(out, row->drawn.pct);
    fputs("\">", out);
    html_text(out, row->drawn.change);
    fputs("</td><td class=\"n\">", out);
    html_text(out, row->interval);
    fprintf(out, "</td><td><b class=\"badge %s\">", class_of(row->drawn.kind));
    html_text(out, row->verdict);
    fputs("</b></td><th scope=\"row\"><code>", out);
    html_text(out, row->drawn.label);
    fputs("</code>", out);
    if (*row->remark) {
        fputs(" <small>", out);
        html_text(out, row->remark);
        fputs("</small>", out);
    }
    fputs("</th></tr>\n", out);
}

static void put_csv(FILE *out, const struct report_changes *changes)
{
    fputs("<p><a download=\"changes.csv\" href=\"data:text/csv;charset=utf-8,"
          "cell,verdict,change_pct,low_pct,high_pct,margin_pct%0A",
          out);
    for (size_t i = 0; i < changes->n; i++) {
        const struct report_change *row = &changes->rows[i];
        const double numbers[] = {row->drawn.pct, row->drawn.low,
                                  row->drawn.high, row->drawn.margin_pct};
        html_csv(out, row->drawn.label);
        fputc(',', out);
        html_csv(out, row->verdict);
        for (size_t k = 0; k < 4; k++) {
            fputc(',', out);
            html_csv_number(out, numbers[k]);
        }
        fputs("%0A", out);
    }
    fputs("\">Save as CSV</a></p>\n", out);
}

static void put_table(FILE *out, const struct report_changes *changes)
{
    fprintf(out,
            "<details%s><summary>The table: %zu rows</summary>\n<div "
            "class=\"scroll\" role=\"region\" tabindex=\"0\" "
            "aria-label=\"What changed\"><table class=\"sortable\">\n"
            "<thead><tr><th scope=\"col\" class=\"n\">change</th>"
            "<th scope=\"col\" class=\"n\">95 %% interval</th>"
            "<th scope=\"col\">verdict</th><th scope=\"col\">cell</th></tr>"
            "</thead>\n<tbody>\n",
            changes->n <= ROWS_OPEN ? " open" : "", changes->n);
    for (size_t i = 0; i < changes->n; i++) {
        put_row(out, &changes->rows[i]);
    }
    fputs("</tbody></table></div></details>\n", out);
}

static void put_paragraph(FILE *out, const char *head, const char *text)
{
    if (text) {
        fprintf(out, "<p>%s", head);
        html_text(out, text);
        fputs("</p>\n", out);
    }
}

int report_changes_section(const struct report *report, struct diag *diag)
{
    const struct report_changes *changes = report->request->changes;
    FILE *out = report->out;
    int r = 0;
    if (!changes) {
        return 0;
    }
    fputs("<section id=\"changes\" aria-labelledby=\"changes-h\">\n"
          "<h2 id=\"changes-h\">What changed</h2>\n<p>",
          out);
    if (report->n_claims > 0) { /* else it is the heading of the page */
        fputs("<strong>", out);
        html_text(out, changes->headline);
        fputs(".</strong> ", out);
    }
    html_text(out, changes->counts);
    fputs(". The change is that of the time a step takes, or of the metric "
          "that is named; above 0 is worse.</p>\n<dl class=\"answer\"><dt>Base"
          "</dt><dd>",
          out);
    html_text(out, changes->base);
    fputs("</dd><dt>New</dt><dd>", out);
    html_text(out, changes->next);
    fputs("</dd></dl>\n", out);
    put_paragraph(out, "<strong>Careful:</strong> ", changes->caution);
    if (report->request->gnuplot && is_drawn(changes)) {
        r = put_picture(report, changes, diag);
    }
    if (changes->n > 0) {
        put_csv(out, changes);
        put_table(out, changes);
    }
    put_paragraph(out, "", changes->method);
    fputs("</section>\n", out);
    return r;
}

static void put_markdown_rows(FILE *out, const struct report_changes *changes)
{
    fputs("\n| change | 95 % interval | verdict | cell |\n"
          "| ---: | :---: | --- | --- |\n",
          out);
    for (size_t i = 0; i < changes->n; i++) {
        const struct report_change *row = &changes->rows[i];
        bool loud = row->drawn.kind == FOREST_WORSE;
        fputs("| ", out);
        markdown_text(out, row->drawn.change);
        fputs(" | ", out);
        markdown_text(out, row->interval);
        fprintf(out, " | %s%s%s | ", loud ? "**" : "", row->verdict,
                loud ? "**" : "");
        markdown_text(out, row->drawn.label);
        fputs(*row->remark ? ": " : "", out);
        markdown_text(out, row->remark);
        fputs(" |\n", out);
    }
}

int report_changes_markdown(const struct report *report, const char *heading,
                            struct diag *diag)
{
    const struct report_request *request = report->request;
    const struct report_changes *changes = request->changes;
    FILE *out = report->out;
    int r = 0;
    if (!changes) {
        return 0;
    }
    fprintf(out, "%s ", heading);
    markdown_text(out, changes->headline);
    fputs("\n\n", out);
    markdown_text(out, changes->counts);
    fputs(".\n\n- base: ", out);
    markdown_text(out, changes->base);
    fputs("\n- new: ", out);
    markdown_text(out, changes->next);
    fputs("\n", out);
    if (request->pictures && is_drawn(changes)) {
        _cleanup_(free_p) char *path = NULL;
        must(asprintf(&path, "%s/changes.svg", request->pictures) > 0);
        r = draw(report, changes, path, diag);
        if (r == 0) {
            report_picture_link(report, changes->picture, "changes");
        }
    }
    put_markdown_rows(out, changes);
    fputc('\n', out);
    markdown_text(out, changes->method);
    if (changes->caution) {
        fputs(" ", out);
        markdown_text(out, changes->caution);
    }
    fputs("\n", out);
    return r;
}
