/* SPDX-License-Identifier: MIT */
/*
 * Go's benchmark text (golang.org/x/perf/benchfmt), for benchstat: a line a
 * repetition, never averaged before. Parts of a name such as /tasks=2 are keys
 * for -row, -col and -filter.
 */
#include "exports/export.h"
#include "harness/record/json_value.h"

#include <ctype.h>

/* Names have no blanks, and one that ends in "-8" would lose it: benchfmt
 * takes that for GOMAXPROCS. */
static void print_name(const json_t *cell, FILE *out)
{
    _cleanup_(free_p) char *name = export_name(cell);
    const char *model = strchr(name, '/');
    fprintf(out, "BenchmarkGilbench/workload=");
    for (const char *c = name; *c; c++) {
        if (c == model) {
            fprintf(out, "/model=");
        } else if (isalnum((unsigned char)*c) || strchr("/=_.,:+", *c)) {
            fputc(*c, out);
        } else {
            fputc('_', out);
        }
    }
}

static void print_line(const json_t *cell, const json_t *repetition, FILE *out)
{
    double steps = export_steps(repetition);
    double rate = json_number_value(json_object_get(repetition, "steps_per_s"));
    const json_t *latency = json_object_get(repetition, "latency_ns");
    print_name(cell, out);
    fprintf(out, " %.0f %.9g ns/op %.9g op/s %.9g cpu-ns/op", steps, 1e9 / rate,
            rate, export_cpu_ns(repetition));
    static const char *const percentiles[] = {"p50", "p99"};
    for (size_t i = 0; i < sizeof(percentiles) / sizeof(*percentiles); i++) {
        double ns =
            json_number_or_nan(json_object_get(latency, percentiles[i]));
        if (isfinite(ns)) {
            fprintf(out, " %.9g %s-ns", ns, percentiles[i]);
        }
    }
    fputc('\n', out);
}

/* A value of a key ends at the line's end. */
static void print_key(const char *key, const char *text, FILE *out)
{
    if (text) {
        fprintf(out, "%s: ", key);
        for (const char *c = text; *c; c++) {
            fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
        }
        fputc('\n', out);
    }
}

static int go_write(const struct export_set *set, unsigned part, FILE *out,
                    struct diag *diag)
{
    (void)part;
    (void)diag;
    print_key("goos", "linux", out);
    print_key("pkg", "gilbench", out);
    print_key("cpu", export_text(set->document, "context", "cpu_model"), out);
    print_key("commit", export_text(set->document, "gilbench", "commit"), out);
    fprintf(out, "Unit op/s better=higher\nUnit cpu-ns/op better=lower\n"
                 "Unit p50-ns better=lower\nUnit p99-ns better=lower\n");
    for (size_t i = 0; i < set->n; i++) {
        const json_t *repetition;
        for (size_t k = 0; (repetition = export_repetition(set->cells[i], k));
             k++) {
            print_line(set->cells[i], repetition, out);
        }
    }
    return 0;
}

const struct export_format export_format_go = {
    .name = "go",
    .summary = "Go's benchmark lines, a line a repetition, for benchstat",
    .write = go_write,
};
