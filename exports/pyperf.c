/* SPDX-License-Identifier: MIT */
/*
 * pyperf's JSON, version 1.0: seconds a step, one run a repetition, for
 * `pyperf stats`, `pyperf compare_to` and what reads them.
 */
#include "exports/export.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

static json_t *make_runs(const json_t *cell)
{
    json_t *runs = json_array();
    const json_t *repetition;
    for (size_t i = 0; (repetition = export_repetition(cell, i)); i++) {
        double rate =
            json_number_value(json_object_get(repetition, "steps_per_s"));
        double wall_s =
            json_number_value(json_object_get(repetition, "wall_s"));
        json_t *run =
            json_pack("{s:{s:o}, s:[o]}", "metadata", "duration",
                      json_number(wall_s), "values", json_number(1.0 / rate));
        must(run != NULL);
        json_array_append_new(runs, run);
    }
    return runs;
}

/* pyperf refuses a whole file for a line break in a text, or an empty one. */
static void put_text(json_t *metadata, const char *key, const char *text)
{
    if (!text || !text[strspn(text, " \t\r\n")]) {
        return;
    }
    _cleanup_(free_p) char *line = strdup(text);
    must(line != NULL);
    for (char *c = line; *c; c++) {
        *c = (unsigned char)*c < ' ' ? ' ' : *c;
    }
    json_object_set_new(metadata, key, json_string(line));
}

static int pyperf_write(const struct export_set *set, unsigned part, FILE *out,
                        struct diag *diag)
{
    (void)part;
    (void)diag;
    json_t *benchmarks = json_array();
    for (size_t i = 0; i < set->n; i++) {
        _cleanup_(free_p) char *name = export_name(set->cells[i]);
        json_t *benchmark = json_pack("{s:{s:s}, s:o}", "metadata", "name",
                                      name, "runs", make_runs(set->cells[i]));
        must(benchmark != NULL);
        json_array_append_new(benchmarks, benchmark);
    }
    json_t *metadata = json_pack("{s:s}", "unit", "second");
    must(metadata != NULL);
    put_text(metadata, "hostname",
             export_text(set->document, "context", "host"));
    put_text(metadata, "platform",
             export_text(set->document, "context", "kernel"));
    put_text(metadata, "cpu_model_name",
             export_text(set->document, "context", "cpu_model"));
    put_text(metadata, "gilbench_commit",
             export_text(set->document, "gilbench", "commit"));
    return export_print(json_pack("{s:s, s:o, s:o}", "version", "1.0",
                                  "metadata", metadata, "benchmarks",
                                  benchmarks),
                        out);
}

const struct export_format export_format_pyperf = {
    .name = "pyperf",
    .summary = "pyperf's JSON: seconds a step, a run a repetition",
    .write = pyperf_write,
};
