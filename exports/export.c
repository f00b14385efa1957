/* SPDX-License-Identifier: MIT */
#include "exports/export.h"

#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"
#include "harness/record/repetition_json.h"

#include <errno.h>

#define X(name) extern const struct export_format export_format_##name;
#include "export_list.h"
#undef X

#define X(name) &export_format_##name,
const struct export_format *const export_formats[] = {
#include "export_list.h"
    NULL};
#undef X

bool export_metric(const json_t *cell, const char *name,
                   struct export_metric *ret)
{
    const json_t *metric =
        json_object_get(json_object_get(cell, "summary"), name);
    const char *better = json_string_value(json_object_get(metric, "better"));
    *ret = (struct export_metric){
        .name = name,
        .median = json_number_or_nan(json_object_get(metric, "median")),
        .low = json_number_or_nan(json_object_get(metric, "low")),
        .high = json_number_or_nan(json_object_get(metric, "high")),
        .n = (size_t)json_number_value(json_object_get(metric, "n")),
        .unit = json_string_value(json_object_get(metric, "unit")),
        .higher_is_better = better && strcmp(better, "higher") == 0};
    return isfinite(ret->median);
}

bool export_step_s(const json_t *cell, struct export_metric *ret)
{
    struct export_metric rate;
    if (!export_metric(cell, "steps_per_s", &rate) || rate.median <= 0.0) {
        return false;
    }
    *ret = (struct export_metric){
        .name = "step_s",
        .median = 1.0 / rate.median,
        .low = rate.high > 0.0 ? 1.0 / rate.high : (double)NAN,
        .high = rate.low > 0.0 ? 1.0 / rate.low : (double)NAN,
        .n = rate.n,
        .unit = "s"};
    return true;
}

char *export_name(const json_t *cell)
{
    const char *id = json_string_value(json_object_get(cell, "id"));
    double version =
        json_number_value(json_object_get(cell, "workload_version"));
    char *name = NULL;
    int n = version > 1.0 ? asprintf(&name, "%s/version=%.0f", id, version)
                          : asprintf(&name, "%s", id);
    must(n >= 0);
    return name;
}

double export_steps(const json_t *repetition)
{
    double steps = 0.0;
    size_t i;
    const json_t *slice;
    json_array_foreach(json_object_get(repetition, "slices"), i, slice)
    {
        steps += json_number_value(json_object_get(slice, "steps"));
    }
    return steps;
}

static bool is_good(const json_t *repetition)
{
    const char *status =
        json_string_value(json_object_get(repetition, "status"));
    return status && strcmp(status, "ok") == 0 &&
           json_number_value(json_object_get(repetition, "steps_per_s")) >
               0.0 &&
           export_steps(repetition) > 0.0;
}

const json_t *export_repetition(const json_t *cell, size_t i)
{
    size_t k;
    const json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), k, repetition)
    {
        if (is_good(repetition) && i-- == 0) {
            return repetition;
        }
    }
    return NULL;
}

double export_cpu_ns(const json_t *repetition)
{
    return json_number_or_nan(json_object_get(repetition, "cpu_s")) * 1e9 /
           export_steps(repetition);
}

double export_process_cpu_ns(const json_t *cell)
{
    struct export_metric told;
    if (export_metric(cell, "cpu_ns_per_step", &told)) {
        return told.median;
    }
    size_t all = json_array_size(json_object_get(cell, "repetitions"));
    _cleanup_(free_p) double *ns = must_calloc(all + 1, sizeof(*ns));
    const json_t *repetition;
    size_t n = 0;
    while ((repetition = export_repetition(cell, n))) {
        ns[n++] = export_cpu_ns(repetition);
    }
    return n > 0 ? stats_median(ns, n) : (double)NAN;
}

const json_t *export_fact(const json_t *document, const char *object,
                          const char *key)
{
    const json_t *fact =
        json_object_get(json_object_get(document, object), key);
    return fact ? fact : json_null();
}

const char *export_text(const json_t *document, const char *object,
                        const char *key)
{
    return json_string_value(export_fact(document, object, key));
}

struct hist *export_latency(const json_t *cell)
{
    struct hist *hist = must_calloc(1, sizeof(*hist));
    const json_t *repetition;
    for (size_t i = 0; (repetition = export_repetition(cell, i)); i++) {
        (void)repetition_hist_from_json(
            json_object_get(repetition, "latency_ns"), hist);
    }
    if (hist->count == 0) {
        free(hist);
        return NULL;
    }
    return hist;
}

int export_print(json_t *json, FILE *out)
{
    int rc = json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(json);
    fputc('\n', out);
    return rc < 0 ? -EIO : 0;
}
