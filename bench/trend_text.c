/* SPDX-License-Identifier: MIT */
/* A trend for people, and for programs. */
#include "bench/history.h"
#include "bench/trend.h"
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

static void print_change(const struct trend *trend,
                         const struct trend_series *series, size_t i, FILE *out)
{
    size_t at = series->changes[i].at;
    const json_t *run = json_array_get(trend->runs, series->run[at]);
    char date[DATE_LENGTH + 1];
    char commit[COMMIT_LENGTH + 1];
    char before[32];
    char after[32];
    double ratio = trend_ratio(series, i);
    bool better = (ratio > 1.0) == series->higher_is_better;
    format_clean(date, sizeof(date), text_of(run, "date"));
    format_clean(commit, sizeof(commit), text_of(run, "commit"));
    format_figure(before, sizeof(before), trend_level(series, i), series->unit);
    format_figure(after, sizeof(after), trend_level(series, i + 1),
                  series->unit);
    fprintf(out, "  %-16s  %-12s  %+7.1f %%  %-6s  %s to %s, p = %.3f\n", date,
            commit, 100.0 * (ratio - 1.0), better ? "better" : "worse", before,
            after, series->changes[i].p);
}

void trend_write_text(const struct trend *trend, FILE *out)
{
    size_t runs = json_array_size(trend->runs);
    size_t steady = 0;
    size_t few = 0;
    for (size_t i = 0; i < trend->n; i++) {
        const struct trend_series *series = &trend->series[i];
        char cell[400];
        few += series->n < 2 * (size_t)CHANGE_POINTS_MIN;
        if (series->n_changes == 0) {
            steady++;
            continue;
        }
        format_clean(cell, sizeof(cell), series->cell);
        fprintf(out, "%s  %s, %zu runs\n", cell, series->metric, series->n);
        for (size_t k = 0; k < series->n_changes; k++) {
            print_change(trend, series, k, out);
        }
    }
    fprintf(out,
            "%s%zu run%s, %zu series: %zu changed their level, %zu did not",
            steady < trend->n ? "\n" : "", runs, runs == 1 ? "" : "s", trend->n,
            trend->n - steady, steady - few);
    if (few > 0) {
        fprintf(out, ", %zu have fewer than the %d runs that this takes", few,
                2 * CHANGE_POINTS_MIN);
    }
    fprintf(out,
            "\nA trend tells where to look. It decides nothing: what is to "
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

json_t *trend_to_json(const struct trend *trend)
{
    json_t *all = json_array();
    for (size_t i = 0; i < trend->n; i++) {
        const struct trend_series *series = &trend->series[i];
        json_t *changes = json_array();
        for (size_t k = 0; k < series->n_changes; k++) {
            json_array_append_new(
                changes, json_pack("{sI so so so so}", "at",
                                   (json_int_t)series->changes[k].at, "before",
                                   json_number(trend_level(series, k)), "after",
                                   json_number(trend_level(series, k + 1)),
                                   "ratio", json_number(trend_ratio(series, k)),
                                   "p", json_number(series->changes[k].p)));
        }
        json_t *json =
            json_pack("{ss ss ss ss so so}", "cell", series->cell, "metric",
                      series->metric, "unit", series->unit, "better",
                      series->higher_is_better ? "higher" : "lower", "points",
                      points_of(trend, series), "changes", changes);
        must(json != NULL);
        json_array_append_new(all, json);
    }
    return json_pack("{so}", "trend", all);
}
