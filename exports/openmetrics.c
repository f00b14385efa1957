/* SPDX-License-Identifier: MIT */
/*
 * OpenMetrics text, for Prometheus (a node exporter's textfile, or a push
 * gateway): a family a metric, in base units, a sample a cell and bound. Only
 * gauges: the older text format, which the textfile collector and promtool
 * read, knows no other type of what is used here, and takes the rest for
 * comments.
 */
#include "exports/export.h"
#include "harness/record/json_value.h"

static const struct family {
    const char *metric;
    const char *name; /* ends in _ and the unit */
    const char *unit;
    const char *help;
    double scale; /* to the base unit */
} families[] = {
    {"steps_per_s", "gilbench_rate_steps_per_second", "steps_per_second",
     "Finished steps of all tasks.", 1.0},
    {"background_steps_per_s", "gilbench_background_rate_steps_per_second",
     "steps_per_second", "Finished steps of the background tasks.", 1.0},
    {"cpu_ns_per_step", "gilbench_cpu_per_step_seconds", "seconds",
     "CPU time a step.", 1e-9},
    {"latency_p50_ns", "gilbench_latency_p50_seconds", "seconds",
     "Median latency of a step.", 1e-9},
    {"latency_p99_ns", "gilbench_latency_p99_seconds", "seconds",
     "Latency that 1 step in 100 exceeds.", 1e-9},
    {"rss_bytes_per_task", "gilbench_rss_per_task_bytes", "bytes",
     "Memory a task.", 1.0},
};

static void print_value(const char *text, FILE *out)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\n') {
            fputs("\\n", out);
        } else if (*c == '\\' || *c == '"') {
            fprintf(out, "\\%c", *c);
        } else {
            fputc(*c, out);
        }
    }
}

static void print_label(const char *key, const char *text, FILE *out)
{
    fprintf(out, "%s=\"", key);
    print_value(text ? text : "", out);
    fputc('"', out);
}

static void print_sample(const struct family *family, const json_t *cell,
                         const char *bound, double value, FILE *out)
{
    _cleanup_(free_p) char *name = export_name(cell);
    if (!isfinite(value)) {
        return;
    }
    fprintf(out, "%s{", family->name);
    print_label("cell", name, out);
    static const char *const keys[] = {"workload", "model", "lock"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        fputc(',', out);
        print_label(keys[i], json_string_value(json_object_get(cell, keys[i])),
                    out);
    }
    fprintf(out, ",tasks=\"%.0f\",bound=\"%s\"} %.9g\n",
            json_number_value(json_object_get(cell, "tasks")), bound,
            value * family->scale);
}

static void print_family(const struct family *family,
                         const struct export_set *set, FILE *out)
{
    fprintf(out, "# TYPE %s gauge\n# UNIT %s %s\n# HELP %s %s\n", family->name,
            family->name, family->unit, family->name, family->help);
    for (size_t i = 0; i < set->n; i++) {
        struct export_metric metric;
        if (export_metric(set->cells[i], family->metric, &metric)) {
            print_sample(family, set->cells[i], "median", metric.median, out);
            print_sample(family, set->cells[i], "low", metric.low, out);
            print_sample(family, set->cells[i], "high", metric.high, out);
        }
    }
}

static int openmetrics_write(const struct export_set *set, unsigned part,
                             FILE *out, struct diag *diag)
{
    (void)part;
    (void)diag;
    fprintf(out, "# TYPE gilbench_build_info gauge\n# HELP gilbench_build_info "
                 "What measured.\ngilbench_build_info{");
    print_label("version", export_text(set->document, "gilbench", "version"),
                out);
    fputc(',', out);
    print_label("commit", export_text(set->document, "gilbench", "commit"),
                out);
    fputs("} 1\n", out);
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        print_family(&families[i], set, out);
    }
    fputs("# EOF\n", out);
    return 0;
}

const struct export_format export_format_openmetrics = {
    .name = "openmetrics",
    .summary = "OpenMetrics text, for Prometheus and what reads it",
    .write = openmetrics_write,
};
