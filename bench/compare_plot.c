/* SPDX-License-Identifier: MIT */
#include "bench/compare_plot.h"

#include "bench/compare_names.h"
#include "bench/plot_store.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <math.h>
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

void compare_forest_row(const struct compare_row *row, const json_t *shared,
                        struct forest_row *ret)
{
    char name[4200];
    compare_names_row(shared, row, name, sizeof(name));
    compare_row_change(row, ret->change, sizeof(ret->change));
    ret->label = strdup(name);
    must(ret->label != NULL);
    ret->pct = pct_of(row, "ratio");
    ret->low = pct_of(row, "low");
    ret->high = pct_of(row, "high");
    ret->margin_pct = compare_number_of(row->metric, "margin_pct");
    ret->kind = kind_of(row);
}

static struct forest_row *fill_rows(const json_t *document,
                                    const json_t *shared, size_t *ret_n,
                                    size_t *ret_lost)
{
    size_t n = 0;
    _cleanup_(free_p) struct compare_row *rows = compare_rows(document, &n);
    struct forest_row *result = must_calloc(n, sizeof(*result));
    *ret_n = 0;
    *ret_lost = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(compare_number_of(rows[i].metric, "ratio"))) {
            compare_forest_row(&rows[i], shared, &result[(*ret_n)++]);
        } else {
            (*ret_lost)++;
        }
    }
    return result;
}

static int draw(const void *picture, enum figure_format format, FILE *out,
                struct diag *diag)
{
    return forest_draw((const struct forest *)picture, format, out, diag);
}

int compare_plot(const struct figure_request *request, struct diag *diag)
{
    char base[1024];
    char new[1024];
    char method[512];
    char sides[2200];
    char words[1024];
    char caption[2048];
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
    _cleanup_(json_decref_p) json_t *shared = compare_names_shared(document);
    struct forest_row *rows = fill_rows(document, shared, &forest.n, &lost);
    forest.rows = rows;
    snprintf(sides, sizeof(sides), "new: %s; base: %s", new, base);
    size_t used = (size_t)snprintf(caption, sizeof(caption),
                                   "Median of pairs, exact interval at "
                                   "0.95; %s",
                                   method);
    compare_names_words(shared, words, sizeof(words));
    if (*words) {
        used += (size_t)snprintf(caption + used, sizeof(caption) - used,
                                 "; all cells: %s", words);
    }
    if (forest.n > FOREST_ROWS || lost > 0) {
        snprintf(caption + used, sizeof(caption) - used,
                 "; rows that are not drawn: %zu",
                 lost + (forest.n > FOREST_ROWS ? forest.n - FOREST_ROWS : 0));
    }
    int rc = plot_store(request, "comparison", draw, &forest, diag);
    for (size_t i = 0; i < forest.n; i++) {
        free(rows[i].label);
    }
    free(rows);
    return rc;
}
