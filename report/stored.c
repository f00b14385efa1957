/* SPDX-License-Identifier: MIT */
/*
 * Two results that were measured at different times, side by side. Their
 * processes are no pairs, so an interval is as wide as those of both sides
 * allow, and all that is told is whether they are apart.
 */
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/context.h"
#include "harness/record/json_value.h"
#include "plots/figure_cell.h"
#include "report/changes.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

static double pct(double ratio)
{
    return 100 * (ratio - 1);
}

/* "+5.1 %", "x 12". */
static void format_change(double change, char *text, size_t size)
{
    if (change >= 200) {
        snprintf(text, size, "x %.3g", 1 + change / 100);
    } else {
        snprintf(text, size, "%+.1f %%", change);
    }
}

static void judge(struct report_change *row)
{
    struct forest_row *drawn = &row->drawn;
    const char *verdict = "not told apart";
    drawn->kind = FOREST_UNCLEAR;
    if (isfinite(drawn->low) && drawn->low > 0) {
        drawn->kind = FOREST_WORSE;
        verdict = "longer";
    } else if (isfinite(drawn->high) && drawn->high < 0) {
        drawn->kind = FOREST_BETTER;
        verdict = "shorter";
    }
    snprintf(row->verdict, sizeof(row->verdict), "%s", verdict);
}

static void fill_row(const char *id, const struct figure_value *base,
                     const struct figure_value *next, struct report_change *ret)
{
    struct forest_row *drawn = &ret->drawn;
    *ret = (struct report_change){0};
    drawn->label = strdup(id);
    must(drawn->label != NULL);
    diag_clean(drawn->label);
    drawn->pct = pct(base->median / next->median);
    drawn->low = pct(base->low / next->high);
    drawn->high = pct(base->high / next->low);
    format_change(drawn->pct, drawn->change, sizeof(drawn->change));
    if (isfinite(drawn->low) && isfinite(drawn->high)) {
        char low[24], high[24];
        format_change(drawn->low, low, sizeof(low));
        format_change(drawn->high, high, sizeof(high));
        snprintf(ret->interval, sizeof(ret->interval), "%s .. %s", low, high);
    }
    judge(ret);
}

/* Longer, then not told apart, then shorter; within these by the change. */
static int by_change(const void *a, const void *b)
{
    const struct report_change *x = a, *y = b;
    if (x->drawn.kind != y->drawn.kind) {
        return x->drawn.kind < y->drawn.kind ? -1 : 1;
    }
    return (x->drawn.pct < y->drawn.pct) - (x->drawn.pct > y->drawn.pct);
}

static void fill_rows(const json_t *base, const json_t *next,
                      struct report_changes *ret)
{
    const json_t *cells = json_object_get(next, "cells");
    _cleanup_(json_decref_p) json_t *others = report_index_by_id(base);
    ret->rows = must_calloc(json_array_size(cells), sizeof(*ret->rows));
    size_t i;
    const json_t *cell;
    json_array_foreach((json_t *)cells, i, cell)
    {
        const char *id = report_get(cell, "id", "");
        const json_t *other = json_object_get(others, id);
        struct figure_value before, after;
        if (other && figure_cell_metric(other, "steps_per_s", &before) &&
            figure_cell_metric(cell, "steps_per_s", &after) &&
            before.median > 0 && after.median > 0) {
            fill_row(id, &before, &after, &ret->rows[ret->n++]);
        }
    }
    if (ret->n > 0) {
        qsort(ret->rows, ret->n, sizeof(*ret->rows), by_change);
    }
}

static size_t count(const struct report_changes *changes, enum forest_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < changes->n; i++) {
        n += changes->rows[i].drawn.kind == kind;
    }
    return n;
}

static char *words_of(const json_t *document, const char *name)
{
    char *text = NULL;
    const json_t *context = json_object_get(document, "context");
    const json_t *build = json_object_get(document, "gilbench");
    must(asprintf(&text, "%.200s, measured %.10s on %.200s, gilbench %.40s",
                  name, report_get(context, "date", "?"),
                  report_get(context, "cpu_model", "an unknown CPU"),
                  report_get(build, "version", "?")) > 0);
    diag_clean(text);
    return text;
}

static bool same_machine(const json_t *a, const json_t *b)
{
    _cleanup_(json_decref_p) json_t *left =
        context_machine(json_object_get(a, "context"));
    _cleanup_(json_decref_p) json_t *right =
        context_machine(json_object_get(b, "context"));
    return json_equal(left, right);
}

void report_changes_of(const json_t *base, const char *base_name,
                       const json_t *next, const char *next_name,
                       struct report_changes *ret)
{
    *ret = (struct report_changes){
        .kinds = {"takes longer", "not told apart", "same", "takes less time"}};
    fill_rows(base, next, ret);
    size_t longer = count(ret, FOREST_WORSE);
    size_t shorter = count(ret, FOREST_BETTER);
    must(asprintf(&ret->headline,
                  "Two results: %zu of %zu cells take longer, %zu less time",
                  longer, ret->n, shorter) > 0);
    must(asprintf(&ret->counts,
                  "Of the %zu cells that both have, the intervals of %zu do "
                  "not touch",
                  ret->n, longer + shorter) > 0);
    ret->base = words_of(base, base_name);
    ret->next = words_of(next, next_name);
    must(asprintf(&ret->caution,
                  "the two were measured at different times%s, and what else "
                  "differed is not known. They tell trends; what is to be "
                  "decided is measured side by side (gilbench compare).",
                  same_machine(base, next) ? ""
                                           : " and on different machines") > 0);
    ret->method = strdup("Ratio of medians; its interval reaches as far as the "
                         "95 % intervals of both allow.");
    ret->picture = strdup("Time of a step beside the other result");
    must(ret->method && ret->picture);
}
