/* SPDX-License-Identifier: MIT */
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/measure/hist.h"
#include "harness/measure/stats.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"
#include "harness/record/summary.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Reals are written with 9 digits, so what is computed from them again may
 * differ in the last one. */
static bool close_to(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-8 * fmax(fabs(a), fabs(b));
}

static double number_at(const json_t *object, const char *key)
{
    return json_number_or_nan(json_object_get(object, key));
}

/* The id is made of the cell's own values. */
static int check_id(const json_t *cell, struct diag *diag)
{
    const char *lock = document_text(cell, "lock");
    _cleanup_(free_p) char *expected = NULL;
    must(asprintf(&expected, "%s/%s%s%s/tasks=%.0f/placement=%s",
                  document_text(cell, "workload"), document_text(cell, "model"),
                  *lock ? ":" : "", lock, number_at(cell, "tasks"),
                  document_text(cell, "placement")) > 0);
    const char *id = document_text(cell, "id");
    size_t n = strlen(expected);
    if (strncmp(id, expected, n) != 0 || (id[n] != '\0' && id[n] != '/')) {
        return diag_set(diag, -EINVAL, "the id should begin %s", expected);
    }
    return 0;
}

static int check_histogram(const json_t *latency, struct diag *diag)
{
    _cleanup_(free_p) struct hist *hist = must_calloc(1, sizeof(*hist));
    size_t i;
    const json_t *pair;
    double last = -1.0;
    json_array_foreach(json_object_get(latency, "histogram"), i, pair)
    {
        double lowest = json_number_value(json_array_get(pair, 0));
        uint32_t index = hist_index((uint64_t)lowest);
        if (lowest <= last || (double)hist_lowest(index) != lowest) {
            return diag_set(diag, -EINVAL,
                            "histogram/%zu: %.0f is no bucket, or not above "
                            "the one before",
                            i, lowest);
        }
        last = lowest;
        hist->buckets[index] +=
            (uint64_t)json_number_value(json_array_get(pair, 1));
        hist->count += (uint64_t)json_number_value(json_array_get(pair, 1));
    }
    double max = number_at(latency, "max");
    if ((double)hist->count != number_at(latency, "count") || max < last) {
        return diag_set(diag, -EINVAL,
                        "count and max do not agree with the histogram");
    }
    static const char *const keys[] = {"p50", "p90", "p99", "p999", "max"};
    double below = 0.0;
    for (i = 0; i < 5; i++) {
        double value = number_at(latency, keys[i]);
        if (value < below) {
            return diag_set(diag, -EINVAL, "%s is below the one before",
                            keys[i]);
        }
        below = isnan(value) ? below : value;
    }
    return 0;
}

/* The repetition's value is the median of its slices. */
static int check_rate(const json_t *repetition, struct diag *diag)
{
    const json_t *slices = json_object_get(repetition, "slices");
    size_t n = json_array_size(slices);
    _cleanup_(free_p) double *rates = must_calloc(n, sizeof(*rates));
    for (size_t i = 0; i < n; i++) {
        rates[i] = number_at(json_array_get(slices, i), "steps_per_s");
    }
    double value = number_at(repetition, "steps_per_s");
    double median = n > 0 ? stats_median(rates, n) : NAN;
    if (n > 0 && !close_to(value, median)) {
        return diag_set(diag, -EINVAL,
                        "steps_per_s is %.9g, the median of the slices %.9g",
                        value, median);
    }
    return 0;
}

static int check_repetition(const json_t *repetition, struct diag *diag)
{
    static const char *const keys[] = {"latency_ns", "service_ns"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *latency = json_object_get(repetition, keys[i]);
        int r = json_is_object(latency) ? check_histogram(latency, diag) : 0;
        if (r < 0) {
            return diag_prefix(diag, r, "%s", keys[i]);
        }
    }
    return check_rate(repetition, diag);
}

static bool same_number(const json_t *a, const json_t *b)
{
    return json_is_number(a) && json_is_number(b)
               ? close_to(json_number_value(a), json_number_value(b))
               : json_typeof(a) == json_typeof(b);
}

/* A metric we know is what the repetitions say. */
static int check_known(const char *name, const json_t *written,
                       const json_t *computed, struct diag *diag)
{
    static const char *const keys[] = {"median", "low", "high", "n"};
    for (size_t i = 0; i < 4; i++) {
        const json_t *a = json_object_get(written, keys[i]);
        const json_t *b = json_object_get(computed, keys[i]);
        if (!b || !same_number(a, b)) {
            return diag_set(diag, -EINVAL,
                            "summary/%s/%s is not what the repetitions say",
                            name, keys[i]);
        }
    }
    return 0;
}

/* One we do not know (a later version's) at least keeps to the form. */
static int check_unknown(const char *name, const json_t *metric,
                         size_t repetitions, struct diag *diag)
{
    double low = number_at(metric, "low");
    double high = number_at(metric, "high");
    if (number_at(metric, "n") > (double)repetitions) {
        return diag_set(diag, -EINVAL,
                        "summary/%s/n: more values than repetitions", name);
    }
    if (low > high || isnan(low) != isnan(high)) {
        return diag_set(diag, -EINVAL, "summary/%s: low is above high", name);
    }
    return 0;
}

static int check_summary(const json_t *cell, struct diag *diag)
{
    const json_t *repetitions = json_object_get(cell, "repetitions");
    _cleanup_(summary_free_p) struct summary *summary = summary_new();
    size_t i;
    const json_t *repetition;
    json_array_foreach(repetitions, i, repetition)
    {
        if (summary_add(summary, repetition) < 0) {
            return diag_set(diag, -EINVAL,
                            "repetitions/%zu: a histogram with unknown buckets",
                            i);
        }
    }
    _cleanup_(json_decref_p) json_t *computed = summary_to_json(summary);
    const char *name;
    json_t *metric;
    json_object_foreach(json_object_get(cell, "summary"), name, metric)
    {
        int r = summary_metric(name)
                    ? check_known(name, metric, json_object_get(computed, name),
                                  diag)
                    : check_unknown(name, metric, json_array_size(repetitions),
                                    diag);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* ok: all repetitions are; failed, timeout: one is; skipped: none was run. */
static int check_status(const json_t *cell, struct diag *diag)
{
    const char *status = document_text(cell, "status");
    const json_t *repetitions = json_object_get(cell, "repetitions");
    size_t n = json_array_size(repetitions);
    if ((double)n > number_at(cell, "reps")) {
        return diag_set(diag, -EINVAL, "more repetitions than \"reps\"");
    }
    if (strcmp(status, "skipped") == 0 && n > 0) {
        return diag_set(diag, -EINVAL, "skipped, but it has repetitions");
    }
    size_t i;
    const json_t *repetition;
    json_array_foreach(repetitions, i, repetition)
    {
        if (strcmp(status, "ok") == 0 &&
            strcmp(document_text(repetition, "status"), "ok") != 0) {
            return diag_set(diag, -EINVAL,
                            "status is ok, that of repetitions/%zu is not", i);
        }
        if ((double)json_array_size(json_object_get(repetition, "slices")) >
            number_at(cell, "slices")) {
            return diag_set(diag, -EINVAL,
                            "repetitions/%zu: more slices than \"slices\"", i);
        }
    }
    return 0;
}

static int check_cell(const json_t *cell, struct diag *diag)
{
    int r = check_id(cell, diag);
    r = r < 0 ? r : check_status(cell, diag);
    size_t i;
    const json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        if (r == 0) {
            r = check_repetition(repetition, diag);
            r = r < 0 ? diag_prefix(diag, r, "repetitions/%zu", i) : 0;
        }
    }
    return r < 0 ? r : check_summary(cell, diag);
}

int document_check_meaning(const json_t *json, const char *path,
                           struct diag *diag)
{
    const json_t *cells = json_object_get(json, "cells");
    _cleanup_(json_decref_p) json_t *seen = json_object();
    must(seen != NULL);
    size_t i;
    const json_t *cell;
    json_array_foreach(cells, i, cell)
    {
        const char *id = document_text(cell, "id");
        int r = json_object_get(seen, id)
                    ? diag_set(diag, -EINVAL, "the id stands twice: %s", id)
                    : check_cell(cell, diag);
        if (r < 0) {
            return diag_prefix(diag, r, "%s: /cells/%zu", path, i);
        }
        json_object_set_new(seen, id, json_true());
    }
    double planned = number_at(json_object_get(json, "plan"), "cells");
    if (planned != (double)json_array_size(cells)) {
        return diag_set(diag, -EINVAL,
                        "%s: /plan/cells is %.0f, but there are %zu", path,
                        planned, json_array_size(cells));
    }
    return 0;
}
