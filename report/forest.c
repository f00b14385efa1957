/* SPDX-License-Identifier: MIT */
/*
 * All parts in one picture: the ratio by its bound (or, for an upper bound, the
 * bound by the ratio), so that right of the line is where a part holds.
 */
#include "claims/claim_text.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

#define ROWS_MAX 80 /* that are drawn */
#define ROW      22.0
#define TOP      52.0
#define WIDTH    960
#define LEFT     250.0
#define RIGHT    700.0
#define DECADES  2.0 /* to both sides of the bound */

struct forest {
    size_t n;
    const struct claim_finding *rows[ROWS_MAX];
    unsigned numbers[ROWS_MAX]; /* of the claims */
    json_t *table;              /* a row for each part, also undrawn ones */
};

static json_t *as_json(double value)
{
    return isinf(value) ? json_string("endless") : json_number(value);
}

static json_t *table_row(unsigned number, const struct claim_finding *finding)
{
    json_t *row = json_pack(
        "[i s s s o o o s o i]", (int)number, finding->part->name,
        finding->where, claim_verdict_words[finding->verdict],
        as_json(finding->ratio), as_json(finding->low), as_json(finding->high),
        finding->part->side == CLAIM_AT_LEAST ? "at least" : "at most",
        as_json(finding->bound), (int)finding->n);
    must(row != NULL);
    return row;
}

static void collect(const struct report *report, struct forest *ret)
{
    ret->table = json_array();
    for (size_t i = 0; i < report->n_claims; i++) {
        const struct claim_judgement *judgement = &report->claims[i];
        for (size_t k = 0; k < judgement->n; k++) {
            const struct claim_finding *finding = &judgement->findings[k];
            if (!finding->cell || !(finding->decides || finding->part->aside)) {
                continue;
            }
            json_array_append_new(ret->table,
                                  table_row(judgement->claim->number, finding));
            if (ret->n < ROWS_MAX) {
                ret->numbers[ret->n] = judgement->claim->number;
                ret->rows[ret->n++] = finding;
            }
        }
    }
}

/* Where a ratio stands, in pixels, within the picture. */
static double place(const struct claim_finding *finding, double ratio)
{
    double times = finding->part->side == CLAIM_AT_LEAST
                       ? ratio / finding->bound
                       : finding->bound / ratio;
    double at = times > 0 ? log10(times) : -DECADES;
    at = fmax(-DECADES, fmin(DECADES, isnan(at) ? 0 : at));
    return LEFT + (RIGHT - LEFT) * (at + DECADES) / (2 * DECADES);
}

static void put_mark(FILE *out, enum claim_verdict verdict, double x, double y)
{
    if (verdict == CLAIM_HOLDS) {
        fprintf(out,
                "<circle class=\"holds\" cx=\"%.1f\" cy=\"%.1f\" "
                "r=\"5\"/>",
                x, y);
    } else if (verdict == CLAIM_REFUTED) {
        fprintf(out,
                "<rect class=\"refuted\" x=\"%.1f\" y=\"%.1f\" "
                "width=\"10\" height=\"10\"/>",
                x - 5, y - 5);
    } else {
        fprintf(out,
                "<path class=\"unclear\" d=\"M%.1f %.1fl6 6l-6 6l-6-6z\"/>", x,
                y - 6);
    }
}

static void put_row(FILE *out, const struct forest *forest, size_t at)
{
    const struct claim_finding *finding = forest->rows[at];
    double y = TOP + ROW * ((double)at + 0.5);
    char sentence[CLAIM_SENTENCE], numbers[160];
    char name[64];
    snprintf(name, sizeof(name), "%s", finding->part->name);
    for (char *c = name; (c = strchr(c, '_'));) {
        *c = ' ';
    }
    report_sentence(finding, sentence, sizeof(sentence));
    claim_numbers(finding, numbers, sizeof(numbers));
    fputs("<g><title>", out);
    html_text(out, sentence);
    fputs(": ", out);
    html_text(out, numbers);
    fprintf(out,
            "</title><text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%u "
            "%s%s</text>",
            LEFT - 14, y + 4, forest->numbers[at], name,
            finding->part->aside ? " (aside)" : "");
    if (!isnan(finding->low) && !isnan(finding->high)) {
        fprintf(out, "<path class=\"bar\" d=\"M%.1f %.1fH%.1f\"/>",
                place(finding, finding->low), y, place(finding, finding->high));
    }
    put_mark(out, finding->verdict, place(finding, finding->ratio), y);
    char *note = strstr(numbers, ", holds if at ");
    if (note) {
        *note = '\0';
    }
    fprintf(out, "<text x=\"%.0f\" y=\"%.1f\">", RIGHT + 16, y + 4);
    html_text(out, numbers);
    fputs("</text></g>\n", out);
}

static void put_axis(FILE *out, double bottom)
{
    static const char *const names[] = {"1/100", "1/10", "bound", "10", "100"};
    for (int i = 0; i < 5; i++) {
        double x = LEFT + (RIGHT - LEFT) * i / 4;
        fprintf(out,
                "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\"/>"
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s"
                "</text>\n",
                i == 2 ? "axis" : "grid", x, TOP, bottom, x, bottom + 18,
                names[i]);
    }
    fprintf(out,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">"
            "times the bound: right of it a part holds, left of it it is "
            "refuted</text>\n",
            (LEFT + RIGHT) / 2, bottom + 38);
}

static void put_description(FILE *out, const struct forest *forest)
{
    for (size_t i = 0; i < forest->n; i++) {
        const struct claim_finding *finding = forest->rows[i];
        char sentence[CLAIM_SENTENCE];
        claim_sentence(finding, sentence, sizeof(sentence));
        fprintf(out, "%u %s %s: ", forest->numbers[i], finding->part->name,
                claim_verdict_words[finding->verdict]);
        html_text(out, sentence);
        fputs(". ", out);
    }
}

static void put_numbers(FILE *out, const struct forest *forest)
{
    static const char *const columns[] = {"claim", "part", "where", "verdict",
                                          "ratio", "low",  "high",  "holds if",
                                          "bound", "n",    NULL};
    const struct report_numbers numbers = {.name = "claims",
                                           .title = "every part of every claim",
                                           .columns = columns,
                                           .rows = forest->table};
    report_numbers(out, &numbers);
}

static void put_caption(FILE *out, const struct forest *forest)
{
    size_t n = json_array_size(forest->table);
    fputs("<figcaption>Circles hold, squares are refuted, diamonds are "
          "unclear; bars are 95&nbsp;% intervals; what is off the scale stands "
          "at its edge.",
          out);
    if (forest->n < n) {
        fprintf(out,
                " Drawn are the first %zu of %zu parts; the numbers are those "
                "of all.",
                forest->n, n);
    }
    fputs("</figcaption>\n", out);
}

static void put_forest(FILE *out, const struct forest *forest)
{
    double bottom = TOP + ROW * (double)forest->n + 4;
    fprintf(out,
            "<figure id=\"figure-claims\">\n<div class=\"scroll\" "
            "role=\"region\" "
            "tabindex=\"0\" aria-label=\"Chart of all parts\">\n"
            "<svg class=\"own\" role=\"img\" aria-labelledby=\"forest_title "
            "forest_desc\" viewBox=\"0 0 %d %.0f\">\n"
            "<title id=\"forest_title\">Every part of every claim against "
            "its bound</title>\n<desc id=\"forest_desc\">",
            WIDTH, bottom + 52);
    put_description(out, forest);
    fprintf(out,
            "</desc>\n<text class=\"head\" x=\"16\" y=\"24\">Every part of "
            "every claim against its bound</text>\n"
            "<text x=\"%.0f\" y=\"%.0f\">ratio, interval, pairs</text>\n",
            RIGHT + 16, TOP - 8);
    put_axis(out, bottom);
    for (size_t i = 0; i < forest->n; i++) {
        put_row(out, forest, i);
    }
    fputs("</svg></div>\n", out);
    put_caption(out, forest);
    put_numbers(out, forest);
    fputs("</figure>\n", out);
}

void report_forest(const struct report *report)
{
    _cleanup_(free_p) struct forest *forest = must_calloc(1, sizeof(*forest));
    collect(report, forest);
    if (forest->n > 0) {
        put_forest(report->out, forest);
    }
    json_decref(forest->table);
}
