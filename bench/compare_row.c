/* SPDX-License-Identifier: MIT */
#include "bench/compare_row.h"

#include "bench/progress.h"
#include "harness/base/diag.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <math.h>
#include <string.h>

const char *compare_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

double compare_number_of(const json_t *object, const char *key)
{
    return json_number_or_nan(json_object_get(object, key));
}

enum compare_rank compare_row_rank(const struct compare_row *row)
{
    const char *verdict = compare_text_of(row->metric, "verdict");
    if (compare_is_lost(row->cell)) {
        return COMPARE_RANK_LOST;
    }
    if (!row->metric) {
        return COMPARE_RANK_NOTHING;
    }
    if (strcmp(verdict, "slower") == 0) {
        return COMPARE_RANK_SLOWER;
    }
    if (strcmp(verdict, "faster") == 0) {
        return COMPARE_RANK_FASTER;
    }
    return strcmp(verdict, "same") == 0 ? COMPARE_RANK_SAME
                                        : COMPARE_RANK_UNCLEAR;
}

/* Worst first; among equals as in the plan. */
static int by_rank(const void *a, const void *b)
{
    const struct compare_row *x = a;
    const struct compare_row *y = b;
    enum compare_rank rank_x = compare_row_rank(x);
    enum compare_rank rank_y = compare_row_rank(y);
    if (rank_x != rank_y) {
        return rank_x < rank_y ? -1 : 1;
    }
    double ratio_x = compare_number_of(x->metric, "ratio");
    double ratio_y = compare_number_of(y->metric, "ratio");
    if (isfinite(ratio_x) && isfinite(ratio_y) && ratio_x != ratio_y) {
        return ratio_x > ratio_y ? -1 : 1;
    }
    return x->index < y->index ? -1 : 1;
}

struct compare_row *compare_rows(const json_t *document, size_t *ret_n)
{
    struct compare_row *rows = NULL;
    size_t n = 0;
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        const json_t *metrics = json_object_get(cell, "metrics");
        size_t own = json_array_size(metrics);
        rows = reallocarray(rows, n + own + 1, sizeof(*rows));
        must(rows != NULL);
        for (size_t k = 0; k < (own ? own : 1); k++) {
            rows[n] = (struct compare_row){
                .cell = cell, .metric = json_array_get(metrics, k), .index = n};
            n++;
        }
    }
    if (n > 0) {
        qsort(rows, n, sizeof(*rows), by_rank);
    }
    *ret_n = n;
    return rows;
}

/* Where per cent say nothing any more. */
static bool is_factor(double ratio)
{
    return ratio >= 3.0 || ratio < 0.1;
}

/* "+5.1", or a factor. */
static void format_ratio(double ratio, bool unit, char *text, size_t size)
{
    double pct = (ratio - 1.0) * 100.0;
    if (!isfinite(ratio)) {
        snprintf(text, size, "-");
    } else if (ratio > 1e3 || ratio < 1e-3) {
        /* As where one side finished no step (compare_judge.c). */
        snprintf(text, size, ratio > 1.0 ? "x > 1000" : "x < 0.001");
    } else if (is_factor(ratio)) {
        snprintf(text, size, "x %.3g", ratio);
    } else {
        snprintf(text, size, "%+.1f%s", fabs(pct) < 0.05 ? 0.0 : pct,
                 unit ? " %" : "");
    }
}

void compare_row_change(const struct compare_row *row, char *text, size_t size)
{
    format_ratio(compare_number_of(row->metric, "ratio"), true, text, size);
}

void compare_row_interval(const struct compare_row *row, char *text,
                          size_t size)
{
    char low[32];
    char high[32];
    double from = compare_number_of(row->metric, "low");
    double to = compare_number_of(row->metric, "high");
    format_ratio(from, is_factor(to), low, sizeof(low));
    format_ratio(to, true, high, sizeof(high));
    snprintf(text, size, isfinite(from) ? "%s .. %s" : "%s", low, high);
}

void compare_row_verdict(const struct compare_row *row, char *text, size_t size)
{
    const char *status = compare_text_of(row->cell, "status");
    bool gates = json_is_true(json_object_get(row->metric, "gates"));
    if (!row->metric) {
        snprintf(text, size, "%s", strcmp(status, "ok") == 0 ? "none" : status);
        return;
    }
    snprintf(text, size, gates ? "%s" : "(%s)",
             compare_text_of(row->metric, "verdict"));
}

void compare_row_name_as(const struct compare_row *row, const char *id,
                         char *text, size_t size)
{
    const char *metric = compare_text_of(row->metric, "name");
    bool usual = !*metric || strcmp(metric, "steps_per_s") == 0;
    snprintf(text, size, "%s%s%s", id, usual ? "" : "  ", usual ? "" : metric);
    diag_clean(text);
}

void compare_row_name(const struct compare_row *row, char *text, size_t size)
{
    compare_row_name_as(row, compare_text_of(row->cell, "id"), text, size);
}

void compare_row_remark(const struct compare_row *row, char *text, size_t size)
{
    const char *reason = compare_text_of(row->cell, "reason");
    const char *missing = compare_text_of(row->metric, "reason");
    double wanted = compare_number_of(row->metric, "pairs_wanted");
    text[0] = '\0';
    if (*reason) {
        snprintf(text, size, "%s", reason);
    } else if (*missing) {
        snprintf(text, size, "%s", missing);
    } else if (compare_is_lost(row->cell)) {
        snprintf(text, size,
                 "no pair was measured: no time was left, or it was "
                 "interrupted");
    } else if (!row->metric) {
        snprintf(text, size,
                 "neither side did anything, or it has none of the metrics "
                 "that are judged");
    } else if (!compare_is_decided(row->metric)) {
        snprintf(text, size,
                 "too few pairs to find it slower: %.0f that agree suffice",
                 compare_number_of(row->metric, "pairs_least"));
    } else if (isfinite(wanted)) {
        snprintf(text, size, "about %.0f pairs would settle it", wanted);
    } else if (compare_row_rank(row) == COMPARE_RANK_UNCLEAR) {
        snprintf(text, size, "more pairs would hardly settle it");
    }
    diag_clean(text);
}

void compare_side_words(const json_t *document, const char *role, char *text,
                        size_t size)
{
    const json_t *side =
        json_object_get(json_object_get(document, "comparison"), role);
    const json_t *facts = json_object_get(side, "gilbench");
    const char *commit = compare_text_of(facts, "commit");
    const char *key;
    json_t *value;
    char *out = NULL;
    size_t out_size = 0;
    FILE *stream = open_memstream(&out, &out_size);
    must(stream != NULL);
    bool own = json_is_true(json_object_get(side, "this_program"));
    fprintf(stream, "%s",
            own ? "this program" : compare_text_of(side, "program"));
    fprintf(stream, " %s", compare_text_of(facts, "version"));
    if (*commit) {
        fprintf(stream, " (%.12s%s)", commit,
                json_is_true(json_object_get(facts, "dirty")) ? ", changed"
                                                              : "");
    }
    json_object_foreach(json_object_get(side, "settings"), key, value)
    {
        fprintf(stream, ", %s=%s", key, json_string_value(value));
    }
    must(fclose(stream) == 0);
    snprintf(text, size, "%s", out);
    diag_clean(text);
    free(out);
}

void compare_count_words(const json_t *document, char *text, size_t size)
{
    static const char *const always[] = {"slower", "faster", "same", "unclear"};
    static const char *const lost[] = {"failed", "timeout", "skipped"};
    const json_t *verdict = json_object_get(document, "verdict");
    const json_t *options = json_object_get(document, "comparison");
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        used += (size_t)snprintf(
            text + used, size - used, "%s%.0f %s", i > 0 ? ", " : "",
            compare_number_of(verdict, always[i]), always[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
        double n = compare_number_of(verdict, lost[i]);
        if (n > 0.0) {
            used += (size_t)snprintf(text + used, size - used, ", %.0f %s", n,
                                     lost[i]);
        }
    }
    if (json_is_true(json_object_get(options, "interrupted"))) {
        snprintf(text + used, size - used, "; interrupted");
    }
}

/* Whether there are rows in brackets. */
static bool has_apart(const json_t *document)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (json_array_size(json_object_get(cell, "metrics")) > 0 &&
            !json_is_true(json_object_get(cell, "gates"))) {
            return true;
        }
    }
    return false;
}

void compare_notes(const json_t *document, compare_note *tell, void *arg)
{
    char line[2048];
    size_t i;
    const json_t *warning;
    double injected = compare_number_of(json_object_get(document, "comparison"),
                                        "inject_permille");
    tell("change: of the time a step takes, or of the metric that is named; "
         "above 0 is worse",
         arg);
    if (has_apart(document)) {
        tell("(in brackets): tasks are not bound to PUs, so it does not gate; "
             "--gate all",
             arg);
    }
    if (injected > 0.0) {
        snprintf(line, sizeof(line),
                 "the new side was slowed down by %.1f %% on purpose",
                 injected / 10.0);
        tell(line, arg);
    }
    json_array_foreach(json_object_get(document, "warnings"), i, warning)
    {
        const char *advice = compare_text_of(warning, "advice");
        if (strcmp(compare_text_of(warning, "code"), "injected") != 0) {
            snprintf(line, sizeof(line), "warning: %s%s%s",
                     compare_text_of(warning, "message"), *advice ? "; " : "",
                     advice);
            diag_clean(line);
            tell(line, arg);
        }
    }
}

static bool has_gate(const json_t *document)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (json_is_true(json_object_get(cell, "gates"))) {
            return true;
        }
    }
    return false;
}

const char *compare_failure_words(const json_t *document)
{
    if (!compare_is_whole(document)) {
        return "not measured to the end";
    }
    return has_gate(document)
               ? "nothing was judged: no cell has pairs enough, or values"
               : "nothing was judged: no cell's tasks are bound to PUs (--gate "
                 "all takes them as they are)";
}

/* "20 pairs each", or how many there are of those that were asked for. */
static void pairs_words(const json_t *document, char *text, size_t size)
{
    const json_t *options = json_object_get(document, "comparison");
    size_t asked = (size_t)compare_number_of(options, "pairs");
    size_t least = SIZE_MAX;
    size_t most = 0;
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        size_t n = json_array_size(json_object_get(cell, "pairs"));
        bool ok = strcmp(compare_text_of(cell, "status"), "ok") == 0;
        least = ok && n < least ? n : least;
        most = ok && n > most ? n : most;
    }
    most = most < asked ? most : asked;
    if (most == 0) {
        snprintf(text, size, "no pairs");
    } else if (least >= asked) {
        snprintf(text, size, "%zu pairs each%s", asked,
                 json_is_true(json_object_get(options, "doubles"))
                     ? ", twice that where unclear"
                     : "");
    } else if (least == most) {
        snprintf(text, size, "%zu of %zu pairs each", least, asked);
    } else {
        snprintf(text, size, "%zu to %zu of %zu pairs each", least, most,
                 asked);
    }
}

/* ", both sides at once", or in how many cells. */
static const char *design_words(const json_t *document, char *text, size_t size)
{
    size_t duets = 0;
    const json_t *cells = json_object_get(document, "cells");
    size_t i;
    const json_t *cell;
    json_array_foreach(cells, i, cell)
    {
        duets += strcmp(compare_text_of(cell, "design"), "duet") == 0;
    }
    text[0] = '\0';
    if (duets == json_array_size(cells) && duets > 0) {
        snprintf(text, size, ", both sides at once");
    } else if (duets > 0) {
        snprintf(text, size, ", both sides at once in %zu of them", duets);
    }
    return text;
}

void compare_method_words(const json_t *document, char *text, size_t size)
{
    const json_t *options = json_object_get(document, "comparison");
    char took[32];
    char pairs[96];
    char design[64];
    size_t n = json_array_size(json_object_get(document, "cells"));
    progress_format(compare_number_of(options, "took_s"), took, sizeof(took));
    pairs_words(document, pairs, sizeof(pairs));
    snprintf(text, size, "%zu cell%s, %s%s%s, took %s, seed %.0f", n,
             n == 1 ? "" : "s", pairs,
             design_words(document, design, sizeof(design)),
             strcmp(compare_text_of(options, "estimator"), "min") == 0
                 ? ", best slices"
                 : "",
             took, compare_number_of(options, "seed"));
}
