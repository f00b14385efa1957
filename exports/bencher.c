/* SPDX-License-Identifier: MIT */
/*
 * Bencher Metric Format, version 0: benchmark, measure, value and bounds. Its
 * built-in measures are `throughput` in operations per second and `latency` in
 * nanoseconds; the others are made at their first use.
 */
#include "exports/export.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <errno.h>

#define NAME_MAX_BYTES 1024 /* of a benchmark */

static const struct {
    const char *metric;
    const char *measure;
} measures[] = {
    {"steps_per_s", "throughput"},
    {"latency_p50_ns", "latency"},
    {"latency_p99_ns", "latency-p99"},
    {"cpu_ns_per_step", "cpu-ns-per-step"},
    {"background_steps_per_s", "background-throughput"},
    {"rss_bytes_per_task", "rss-bytes-per-task"},
};

static json_t *make_measure(const struct export_metric *metric)
{
    json_t *json = json_pack("{s:o}", "value", json_number(metric->median));
    must(json != NULL);
    if (isfinite(metric->low) && isfinite(metric->high)) {
        json_object_set_new(json, "lower_value", json_number(metric->low));
        json_object_set_new(json, "upper_value", json_number(metric->high));
    }
    return json;
}

static int bencher_write(const struct export_set *set, unsigned part, FILE *out,
                         struct diag *diag)
{
    (void)part;
    json_t *benchmarks = json_object();
    for (size_t i = 0; i < set->n; i++) {
        _cleanup_(free_p) char *name = export_name(set->cells[i]);
        if (strlen(name) > NAME_MAX_BYTES) {
            json_decref(benchmarks);
            return diag_set(diag, -EINVAL,
                            "a cell's name is longer than the %d bytes that "
                            "Bencher takes: %.60s...",
                            NAME_MAX_BYTES, name);
        }
        json_t *benchmark = json_object();
        for (size_t k = 0; k < sizeof(measures) / sizeof(*measures); k++) {
            struct export_metric metric;
            if (export_metric(set->cells[i], measures[k].metric, &metric)) {
                json_object_set_new(benchmark, measures[k].measure,
                                    make_measure(&metric));
            }
        }
        json_object_set_new(benchmarks, name, benchmark);
    }
    return export_print(benchmarks, out);
}

const struct export_format export_format_bencher = {
    .name = "bencher",
    .summary = "Bencher Metric Format (bencher run --adapter json)",
    .write = bencher_write,
};
