/* SPDX-License-Identifier: MIT */
/*
 * The JSON of Google Benchmark (src/json_reporter.cc), as its compare.py,
 * Bencher (cpp_google), Conbench (gbench) and github-action-benchmark
 * (googlecpp) read it. Most readers take every entry for a result of its own,
 * so a cell is one entry, its median; `all` gives its repetitions instead.
 * They want a number for `cpu_time`: beside background tasks it is the CPU time
 * of the whole process by the steps of the others.
 */
#include "exports/export.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

static void put_switch(json_t *context, const char *key, const json_t *fact)
{
    if (json_is_boolean(fact)) {
        json_object_set(context, key, (json_t *)fact);
    }
}

static void put_text(json_t *context, const char *key, const char *text)
{
    if (text) {
        json_object_set_new(context, key, json_string(text));
    }
}

/* Bencher wants `caches` to be there; compare.py wants the build type. */
static json_t *make_context(const json_t *document)
{
    const json_t *topology = export_fact(document, "context", "topology");
    const json_t *load = export_fact(document, "context", "load_average");
    const char *build = export_text(document, "gilbench", "build_type");
    const char *governor = export_text(document, "context", "governor");
    json_t *context = json_pack(
        "{s:s, s:I, s:i, s:[], s:O, s:s, s:i}", "executable", "gilbench",
        "num_cpus",
        (json_int_t)json_number_value(json_object_get(topology, "pus")),
        "mhz_per_cpu", 0, "caches", "load_avg",
        json_is_array(load) ? load : json_null(), "library_build_type",
        build && strcmp(build, "debug") == 0 ? "debug" : "release",
        "json_schema_version", 1);
    must(context != NULL);
    put_text(context, "date", export_text(document, "context", "date"));
    put_text(context, "host_name", export_text(document, "context", "host"));
    put_text(context, "library_version",
             export_text(document, "gilbench", "version"));
    put_text(context, "commit", export_text(document, "gilbench", "commit"));
    put_text(context, "cpu_model",
             export_text(document, "context", "cpu_model"));
    put_switch(context, "aslr_enabled",
               export_fact(document, "context", "aslr"));
    if (governor) {
        json_object_set_new(context, "cpu_scaling_enabled",
                            json_boolean(strcmp(governor, "performance") != 0));
    }
    return context;
}

struct entry {
    double steps_per_s;
    double cpu_ns;
    double steps;
    size_t index; /* of the repetition */
};

static json_t *make_entry(const json_t *cell, size_t family,
                          const struct entry *entry, size_t repetitions)
{
    _cleanup_(free_p) char *id = export_name(cell);
    _cleanup_(free_p) char *name = NULL;
    must(asprintf(&name, "%s/real_time", id) >= 0);
    json_t *json = json_pack(
        "{s:s, s:I, s:i, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:o}",
        "name", name, "family_index", (json_int_t)family,
        "per_family_instance_index", 0, "run_name", name, "run_type",
        "iteration", "repetitions", (json_int_t)repetitions, "repetition_index",
        (json_int_t)entry->index, "threads",
        (json_int_t)json_number_value(json_object_get(cell, "tasks")),
        "iterations", (json_int_t)entry->steps, "real_time",
        json_number(1e9 / entry->steps_per_s), "cpu_time",
        json_number(entry->cpu_ns), "time_unit", "ns", "items_per_second",
        json_number(entry->steps_per_s));
    must(json != NULL);
    return json;
}

static json_t *make_median(const json_t *cell, size_t family)
{
    static const char *const counters[] = {"latency_p50_ns", "latency_p99_ns",
                                           "rss_bytes_per_task"};
    struct export_metric rate;
    struct entry entry = {0};
    const json_t *repetition;
    (void)export_metric(cell, "steps_per_s", &rate);
    for (size_t i = 0; (repetition = export_repetition(cell, i)); i++) {
        entry.steps += export_steps(repetition);
    }
    entry.steps_per_s = rate.median;
    entry.cpu_ns = export_process_cpu_ns(cell);
    json_t *json = make_entry(cell, family, &entry, 1);
    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
        struct export_metric metric;
        if (export_metric(cell, counters[i], &metric)) {
            json_object_set_new(json, counters[i], json_number(metric.median));
        }
    }
    return json;
}

static void add_repetitions(json_t *benchmarks, const json_t *cell,
                            size_t family)
{
    size_t n = 0;
    while (export_repetition(cell, n)) {
        n++;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *repetition = export_repetition(cell, i);
        struct entry entry = {.steps_per_s = json_number_value(
                                  json_object_get(repetition, "steps_per_s")),
                              .cpu_ns = export_cpu_ns(repetition),
                              .steps = export_steps(repetition),
                              .index = i};
        json_array_append_new(benchmarks, make_entry(cell, family, &entry, n));
    }
}

static int google_benchmark_write(const struct export_set *set, unsigned part,
                                  FILE *out, struct diag *diag)
{
    (void)part;
    (void)diag;
    json_t *benchmarks = json_array();
    for (size_t i = 0; i < set->n; i++) {
        if (set->all) {
            add_repetitions(benchmarks, set->cells[i], i);
        } else {
            json_array_append_new(benchmarks, make_median(set->cells[i], i));
        }
    }
    return export_print(json_pack("{s:o, s:o}", "context",
                                  make_context(set->document), "benchmarks",
                                  benchmarks),
                        out);
}

const struct export_format export_format_google_benchmark = {
    .name = "google-benchmark",
    .summary = "JSON of Google Benchmark: compare.py, Bencher, Conbench",
    .takes_all = true,
    .write = google_benchmark_write,
};
