/* SPDX-License-Identifier: MIT */
#include "bench/trend.h"

#include "bench/history.h"
#include "bench/select.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <string.h>

#define RUNS_MAX 1000

static bool is_history(const char *path)
{
    const char *end = strrchr(path, '.');
    return end && strcmp(end, ".jsonl") == 0;
}

static int read_runs(char *const *paths, size_t n, struct trend *trend,
                     struct diag *diag)
{
    for (size_t i = 0; i < n; i++) {
        _cleanup_(json_decref_p) json_t *json = NULL;
        size_t torn = 0;
        int rc = is_history(paths[i])
                     ? history_read(paths[i], &json, &torn, diag)
                     : document_load(paths[i], &json, diag);
        if (rc < 0) {
            return rc;
        }
        trend->torn += torn;
        if (is_history(paths[i])) {
            json_array_extend(trend->runs, json);
        } else {
            json_array_append_new(trend->runs, history_line(json));
        }
    }
    if (json_array_size(trend->runs) > RUNS_MAX) {
        return diag_set(diag, -EINVAL,
                        "%zu runs are more than a trend takes (%d): see "
                        "gilbench history prune",
                        json_array_size(trend->runs), RUNS_MAX);
    }
    return 0;
}

static const char *date_of(const json_t *run)
{
    const char *date = json_string_value(json_object_get(run, "date"));
    return date ? date : "";
}

/* Dates are ISO 8601 with the same offset on one machine, or sort all the
 * same to the day. */
static int by_date(const void *a, const void *b)
{
    return strcmp(date_of(*(json_t *const *)a), date_of(*(json_t *const *)b));
}

static void sort_runs(json_t *runs)
{
    size_t n = json_array_size(runs);
    _cleanup_(free_p) json_t **sorted = must_calloc(n + 1, sizeof(*sorted));
    for (size_t i = 0; i < n; i++) {
        sorted[i] = json_incref(json_array_get(runs, i));
    }
    qsort(sorted, n, sizeof(*sorted), by_date);
    json_array_clear(runs);
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(runs, sorted[i]);
    }
}

static bool is_double(const json_t *runs, size_t i)
{
    const json_t *run = json_array_get(runs, i);
    for (size_t k = i; k-- > 0;) {
        const json_t *other = json_array_get(runs, k);
        if (strcmp(date_of(run), date_of(other)) != 0) {
            return false;
        }
        if (json_equal(run, other)) {
            return true;
        }
    }
    return false;
}

/* The same run twice would make the search for changes too sure. */
static void drop_doubles(struct trend *trend)
{
    for (size_t i = json_array_size(trend->runs); i-- > 0;) {
        if (is_double(trend->runs, i)) {
            json_array_remove(trend->runs, i);
            trend->doubles++;
        }
    }
}

static void warn(json_t *warnings, const char *code, const char *message,
                 const char *advice)
{
    json_array_append_new(warnings,
                          json_pack("{ss ss ss}", "code", code, "message",
                                    message, "advice", advice));
}

/* The first run that has another `key` than the first of all; NULL: none. */
static const json_t *other_run(const json_t *runs, const char *key)
{
    const json_t *first = json_object_get(json_array_get(runs, 0), key);
    size_t i;
    const json_t *run;
    json_array_foreach(runs, i, run)
    {
        if (!json_equal(json_object_get(run, key), first)) {
            return run;
        }
    }
    return NULL;
}

/* Hosts of one kind may be drawn as one, but a change may be that of the
 * host. */
static int check_machine(struct trend *trend, bool force, struct diag *diag)
{
    const json_t *other = other_run(trend->runs, "machine");
    if (other && !force) {
        return diag_set(diag, -EPROTO,
                        "the runs of %.40s and %.40s are of different "
                        "machines: a trend over them shows the machines; "
                        "--force draws it all the same",
                        date_of(json_array_get(trend->runs, 0)),
                        date_of(other));
    }
    if (other) {
        warn(trend->warnings, "machines_differ",
             "runs were measured on different machines",
             "do not take a change of the machine for one of the program");
    } else if (other_run(trend->runs, "host")) {
        warn(trend->warnings, "several_hosts",
             "runs were measured on several hosts of the same kind",
             "keep a history for each host");
    }
    return 0;
}

static double at(const json_t *figures, size_t i)
{
    return json_number_or_nan(json_array_get(figures, i));
}

/* All runs that have this metric of this cell; 0 is a result too. */
static void fill(const struct trend *trend, struct trend_series *series)
{
    size_t runs = json_array_size(trend->runs);
    series->run = must_calloc(runs, sizeof(*series->run));
    series->median = must_calloc(runs, sizeof(*series->median));
    series->low = must_calloc(runs, sizeof(*series->low));
    series->high = must_calloc(runs, sizeof(*series->high));
    for (size_t i = 0; i < runs; i++) {
        const json_t *cells =
            json_object_get(json_array_get(trend->runs, i), "cells");
        const json_t *figures = json_object_get(
            json_object_get(cells, series->cell), series->metric);
        if (at(figures, 0) >= 0.0) {
            size_t k = series->n++;
            series->run[k] = i;
            series->median[k] = at(figures, 0);
            series->low[k] = at(figures, 1);
            series->high[k] = at(figures, 2);
        }
    }
}

static void series_deinit(struct trend_series *series)
{
    free(series->run);
    free(series->median);
    free(series->low);
    free(series->high);
    free(series->changes);
}

static void add_series(struct trend *trend, const char *cell,
                       const struct history_metric *metric, double margin)
{
    struct trend_series series = {.cell = cell,
                                  .metric = metric->name,
                                  .unit = metric->unit,
                                  .higher_is_better = metric->higher_is_better};
    fill(trend, &series);
    if (series.n == 0) { /* a history by somebody else, with no figures */
        series_deinit(&series);
        return;
    }
    trend_find_changes(&series, margin);
    trend->series =
        realloc(trend->series, (trend->n + 1) * sizeof(*trend->series));
    must(trend->series != NULL);
    trend->series[trend->n++] = series;
}

static bool is_known(const struct trend *trend, const char *cell)
{
    for (size_t i = 0; i < trend->n; i++) {
        if (strcmp(trend->series[i].cell, cell) == 0) {
            return true;
        }
    }
    return false;
}

static void add_cells(struct trend *trend, struct selection *metrics,
                      double margin)
{
    size_t i;
    json_t *run;
    json_array_foreach(trend->runs, i, run)
    {
        const char *cell;
        json_t *figures;
        json_object_foreach(json_object_get(run, "cells"), cell, figures)
        {
            if (is_known(trend, cell)) {
                continue;
            }
            for (size_t k = 0; history_metrics[k].name; k++) {
                const struct history_metric *metric = &history_metrics[k];
                if (selection_has(metrics, metric->name) &&
                    json_object_get(figures, metric->name)) {
                    add_series(trend, cell, metric, margin);
                }
            }
        }
    }
}

/* Series with the largest change first, then as in the runs. */
static int by_change(const void *a, const void *b)
{
    const struct trend_series *x = a;
    const struct trend_series *y = b;
    if (x->largest > y->largest || x->largest < y->largest) {
        return x->largest > y->largest ? -1 : 1;
    }
    return strcmp(x->cell, y->cell);
}

int trend_read(char *const *paths, size_t n, const char *metrics, double margin,
               bool force, struct trend *ret, struct diag *diag)
{
    struct trend trend = {.runs = json_array(), .warnings = json_array()};
    struct selection selection = {0};
    int rc = selection_parse(&selection, "metric", metrics, diag);
    rc = rc < 0 ? rc : read_runs(paths, n, &trend, diag);
    if (rc == 0) {
        sort_runs(trend.runs);
        drop_doubles(&trend);
        rc = check_machine(&trend, force, diag);
    }
    if (rc == 0) {
        add_cells(&trend, &selection, margin);
        qsort(trend.series, trend.n, sizeof(*trend.series), by_change);
    }
    if (rc == 0 && json_array_size(trend.runs) == 0) {
        rc = diag_set(diag, -EINVAL, "there are no runs in %s%s", paths[0],
                      n > 1 ? " and the others" : "");
    } else if (rc == 0 && trend.n == 0) {
        rc = diag_set(diag, -EINVAL,
                      "--metric %s: the runs have no such figures; there are "
                      "steps_per_s, background_steps_per_s, cpu_ns_per_step, "
                      "latency_p50_ns, latency_p99_ns, rss_bytes_per_task",
                      metrics);
    }
    selection_deinit(&selection);
    if (rc < 0) {
        trend_deinit(&trend);
        return rc;
    }
    *ret = trend;
    return 0;
}

void trend_deinit(struct trend *trend)
{
    for (size_t i = 0; i < trend->n; i++) {
        series_deinit(&trend->series[i]);
    }
    free(trend->series);
    json_decref(trend->runs);
    json_decref(trend->warnings);
    *trend = (struct trend){0};
}
