/* SPDX-License-Identifier: MIT */
/*
 * github-action-benchmark, custom tools. The direction belongs to the whole
 * file (customSmallerIsBetter, customBiggerIsBetter), so there are two. A name
 * is the identity of its series: what varies from run to run is in `extra`.
 */
#include "exports/export.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

static const char *const metrics[] = {
    "steps_per_s",      "background_steps_per_s", "cpu_ns_per_step",
    "latency_p50_ns",   "latency_p99_ns",         "rss_bytes_per_task",
    "lock_wait_s_per_s"};

static json_t *make_point(const json_t *cell,
                          const struct export_metric *metric)
{
    _cleanup_(free_p) char *series = export_name(cell);
    _cleanup_(free_p) char *name = NULL;
    char extra[160];
    must(asprintf(&name, "%s %s", series, metric->name) >= 0);
    json_t *point =
        json_pack("{s:s, s:s, s:o}", "name", name, "unit", metric->unit,
                  "value", json_number(metric->median));
    must(point != NULL);
    if (isfinite(metric->low) && isfinite(metric->high)) {
        double half = (metric->high - metric->low) / 2.0;
        snprintf(extra, sizeof(extra), "\u00b1 %.3g", half);
        json_object_set_new(point, "range", json_string(extra));
        snprintf(extra, sizeof(extra), "n = %zu\n95 %% interval %.6g to %.6g",
                 metric->n, metric->low, metric->high);
    } else {
        snprintf(extra, sizeof(extra), "n = %zu", metric->n);
    }
    json_object_set_new(point, "extra", json_string(extra));
    return point;
}

/* Part 0: smaller is better; 1: bigger. */
static int github_action_write(const struct export_set *set, unsigned part,
                               FILE *out, struct diag *diag)
{
    (void)diag;
    json_t *points = json_array();
    for (size_t i = 0; i < set->n; i++) {
        for (size_t k = 0; k < sizeof(metrics) / sizeof(*metrics); k++) {
            struct export_metric metric;
            if (export_metric(set->cells[i], metrics[k], &metric) &&
                metric.higher_is_better == (part == 1)) {
                json_array_append_new(points,
                                      make_point(set->cells[i], &metric));
            }
        }
    }
    return export_print(points, out);
}

const struct export_format export_format_github_action = {
    .name = "github-action",
    .summary = "two files for github-action-benchmark, one a direction",
    .parts = (const char *const[]){"smaller", "bigger", NULL},
    .write = github_action_write,
};
