/* SPDX-License-Identifier: MIT */
/* A trend for people, and for programs. */
#include "bench/history.h"
#include "bench/trend.h"
#include "bench/warnings.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "plots/format.h"

#define DATE_LENGTH   16 /* as in 2026-11-22T20:39 */
#define COMMIT_LENGTH 12

static void format_figure(char *out, size_t size, double value,
                          const char *unit)
{
    if (strcmp(unit, "ns") == 0) {
        format_seconds(out, size, value * 1e-9);
        return;
    }
    char count[24];
    format_count(count, sizeof(count), value);
    snprintf(out, size, "%.23s%s", count, strcmp(unit, "1/s") == 0 ? "/s" : "");
}

static const char *text_of(const json_t *run, const char *key)
{
    const char *text = json_string_value(json_object_get(run, key));
    return text ? text : "-";
}

struct when {
    char date[DATE_LENGTH + 1];
    char commit[COMMIT_LENGTH + 1];
};

static struct when when_of(const struct trend *trend,
                           const struct trend_series *series, size_t point)
{
    struct when when;
    const json_t *run = json_array_get(trend->runs, series->run[point]);
    format_clean(when.date, sizeof(when.date), text_of(run, "date"));
    format_clean(when.commit, sizeof(when.commit), text_of(run, "commit"));
    return when;
}

/* No percentage says what it is to come to 0, or from there. */
static void format_ratio(double ratio, char *out, size_t size)
{
    if (!(ratio > 0.0)) {
        snprintf(out, size, "to 0");
    } else if (isinf(ratio)) {
        snprintf(out, size, "from 0");
    } else {
        snprintf(out, size, "%+7.1f %%", 100.0 * (ratio - 1.0));
    }
}

static void print_change(const struct trend *trend,
                         const struct trend_series *series, size_t i, FILE *out)
{
    struct when when = when_of(trend, series, series->changes[i].at);
    char percent[32];
    char before[32];
    char after[32];
    double ratio = trend_ratio(series, i);
    bool better = (ratio > 1.0) == series->higher_is_better;
    format_ratio(ratio, percent, sizeof(percent));
    format_figure(before, sizeof(before), trend_level(series, i), series->unit);
    format_figure(after, sizeof(after), trend_level(series, i + 1),
                  series->unit);
    fprintf(out, "  %-16s  %-12s  %9s  %-6s  %s to %s, p = %.3f\n", when.date,
            when.commit, percent, better ? "better" : "worse", before, after,
            series->changes[i].p);
}

static void print_zeros(const struct trend *trend,
                        const struct trend_series *series, FILE *out)
{
    bool lasts = series->zero_since < series->n;
    size_t point = series->n - 1;
    while (series->median[point] > 0.0) {
        point--;
    }
    struct when when =
        when_of(trend, series, lasts ? series->zero_since : point);
    fprintf(out, "  %-16s  %-12s  %s in %zu of %zu runs, %s\n", when.date,
            when.commit, strcmp(series->unit, "1/s") == 0 ? "no step" : "0",
            series->zeros, series->n,
            lasts ? "always since this one" : "this is the last of them");
}

static void print_series(const struct trend *trend,
                         const struct trend_series *series, FILE *out)
{
    char cell[400];
    format_clean(cell, sizeof(cell), series->cell);
    fprintf(out, "%s  %s, %zu runs\n", cell, series->metric, series->n);
    for (size_t i = 0; i < series->n_changes; i++) {
        print_change(trend, series, i, out);
    }
    if (series->zeros > 0) {
        print_zeros(trend, series, out);
    }
}

static void print_count(size_t n, const char *what, FILE *out)
{
    if (n > 0) {
        fprintf(out, ", %zu %s 0 in %s runs", n, n == 1 ? "is" : "are", what);
    }
}

static void print_counts(const struct trend *trend, const size_t *kinds,
                         FILE *out)
{
    size_t runs = json_array_size(trend->runs);
    fprintf(out, "%zu run%s, %zu series: %zu changed their level, %zu did not",
            runs, runs == 1 ? "" : "s", trend->n, kinds[TREND_CHANGED],
            kinds[TREND_STEADY]);
    print_count(kinds[TREND_SOMETIMES_ZERO], "some", out);
    print_count(kinds[TREND_ALWAYS_ZERO], "all", out);
    if (kinds[TREND_FEW] > 0) {
        fprintf(out, ", %zu have fewer than the %d runs that this takes",
                kinds[TREND_FEW], 2 * CHANGE_POINTS_MIN);
    }
    fputc('\n', out);
}

void trend_write_text(const struct trend *trend, FILE *out)
{
    size_t kinds[TREND_KINDS] = {0};
    for (size_t i = 0; i < trend->n; i++) {
        enum trend_kind kind = trend_kind(&trend->series[i]);
        kinds[kind]++;
        if (kind == TREND_CHANGED || kind == TREND_SOMETIMES_ZERO) {
            print_series(trend, &trend->series[i], out);
        }
    }
    if (kinds[TREND_CHANGED] + kinds[TREND_SOMETIMES_ZERO] > 0) {
        fputc('\n', out);
    }
    print_counts(trend, kinds, out);
    warnings_print(trend->warnings, out);
    fprintf(out, "Changes of level by " TREND_METHOD ".\n"
                 "A trend tells where to look. It decides nothing: what is to "
                 "decide is measured\nside by side, with --base and --new.\n");
}

static json_t *points_of(const struct trend *trend,
                         const struct trend_series *series)
{
    json_t *points = json_array();
    for (size_t i = 0; i < series->n; i++) {
        const json_t *run = json_array_get(trend->runs, series->run[i]);
        json_t *point = json_pack(
            "{so so so so so}", "date", json_text(text_of(run, "date")),
            "commit", json_text(text_of(run, "commit")), "median",
            json_number(series->median[i]), "low", json_number(series->low[i]),
            "high", json_number(series->high[i]));
        must(point != NULL);
        json_array_append_new(points, point);
    }
    return points;
}

/* Levels as numbers: the ratio from 0 is null. */
static json_t *changes_of(const struct trend_series *series)
{
    json_t *changes = json_array();
    for (size_t i = 0; i < series->n_changes; i++) {
        json_t *change = json_pack("{sI so so so so}", "at",
                                   (json_int_t)series->changes[i].at, "before",
                                   json_number(trend_level(series, i)), "after",
                                   json_number(trend_level(series, i + 1)),
                                   "ratio", json_number(trend_ratio(series, i)),
                                   "p", json_number(series->changes[i].p));
        must(change != NULL);
        json_array_append_new(changes, change);
    }
    return changes;
}

static json_t *zeros_of(const struct trend_series *series)
{
    return json_pack("{sI so}", "points", (json_int_t)series->zeros, "since",
                     series->zero_since < series->n
                         ? json_integer((json_int_t)series->zero_since)
                         : json_null());
}

json_t *trend_to_json(const struct trend *trend)
{
    json_t *all = json_array();
    for (size_t i = 0; i < trend->n; i++) {
        const struct trend_series *series = &trend->series[i];
        json_t *json =
            json_pack("{ss ss ss ss so so so}", "cell", series->cell, "metric",
                      series->metric, "unit", series->unit, "better",
                      series->higher_is_better ? "higher" : "lower", "points",
                      points_of(trend, series), "changes", changes_of(series),
                      "zeros", zeros_of(series));
        must(json != NULL);
        json_array_append_new(all, json);
    }
    return json_pack("{ss so sO}", "method", TREND_METHOD, "trend", all,
                     "warnings", trend->warnings);
}
