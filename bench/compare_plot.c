/* SPDX-License-Identifier: MIT */
#include "bench/compare_plot.h"

#include "bench/compare_row.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <string.h>

static double pct_of(const struct compare_row *row, const char *key)
{
    return (compare_number_of(row->metric, key) - 1.0) * 100.0;
}

static enum forest_kind kind_of(const struct compare_row *row)
{
    switch (compare_row_rank(row)) {
    case COMPARE_RANK_SLOWER:
        return FOREST_WORSE;
    case COMPARE_RANK_FASTER:
        return FOREST_BETTER;
    case COMPARE_RANK_SAME:
        return FOREST_SAME;
    default:
        return FOREST_UNCLEAR;
    }
}

void compare_forest_row(const struct compare_row *row, struct forest_row *ret)
{
    char name[4200];
    compare_row_name(row, name, sizeof(name));
    compare_row_change(row, ret->change, sizeof(ret->change));
    ret->label = strdup(name);
    must(ret->label != NULL);
    ret->pct = pct_of(row, "ratio");
    ret->low = pct_of(row, "low");
    ret->high = pct_of(row, "high");
    ret->margin_pct = compare_number_of(row->metric, "margin_pct");
    ret->kind = kind_of(row);
}

static struct forest_row *fill_rows(const json_t *document, size_t *ret_n,
                                    size_t *ret_lost)
{
    size_t n = 0;
    _cleanup_(free_p) struct compare_row *rows = compare_rows(document, &n);
    struct forest_row *result = must_calloc(n, sizeof(*result));
    *ret_n = 0;
    *ret_lost = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].metric) {
            compare_forest_row(&rows[i], &result[(*ret_n)++]);
        } else {
            (*ret_lost)++;
        }
    }
    return result;
}

static int draw_format(const struct figure_request *request,
                       const struct forest *forest, enum figure_format format,
                       struct diag *diag)
{
    if (format == FIGURE_TERM && request->term) {
        return forest_draw(forest, format, request->term, diag);
    }
    _cleanup_(free_p) char *path = NULL;
    must(asprintf(&path, "%s/comparison.%s", request->output_dir,
                  format == FIGURE_TERM ? "txt" : figure_formats[format]) > 0);
    int rc = forest_save(forest, format, path, diag);
    if (rc == 0) {
        fprintf(request->list, "%s\n", path);
    }
    return rc;
}

int compare_plot(const struct figure_request *request, struct diag *diag)
{
    char base[1024];
    char new[1024];
    char method[512];
    char sides[2200];
    char caption[700];
    size_t lost = 0;
    const json_t *document = request->document;
    compare_side_words(document, "base", base, sizeof(base));
    compare_side_words(document, "new", new, sizeof(new));
    compare_method_words(document, method, sizeof(method));
    struct forest forest = {.title = "What changed, worst first",
                            .subtitle = sides,
                            .caption = caption,
                            .kinds = {"slower", "unclear", "same", "faster"},
                            .gnuplot = request->gnuplot};
    struct forest_row *rows = fill_rows(document, &forest.n, &lost);
    forest.rows = rows;
    snprintf(sides, sizeof(sides), "new: %s; base: %s", new, base);
    size_t used = (size_t)snprintf(caption, sizeof(caption),
                                   "Median of pairs, exact interval at "
                                   "0.95; %s",
                                   method);
    if (forest.n > FOREST_ROWS || lost > 0) {
        snprintf(caption + used, sizeof(caption) - used,
                 "; %zu rows are not drawn",
                 lost + (forest.n > FOREST_ROWS ? forest.n - FOREST_ROWS : 0));
    }
    int rc = 0;
    for (int i = 0; i < FIGURE_FORMATS && rc == 0; i++) {
        if (request->formats & (1u << i)) {
            rc = draw_format(request, &forest, (enum figure_format)i, diag);
        }
    }
    for (size_t i = 0; i < forest.n; i++) {
        free(rows[i].label);
    }
    free(rows);
    return rc;
}
