/* SPDX-License-Identifier: MIT */
/*
 * hyperfine's JSON, for the many scripts that read it and for Bencher
 * (shell_hyperfine). Times are of one step, as `command` says. A repetition
 * does not tell user time from system time: both stand under `user`, and beside
 * background tasks theirs as well. Of all figures only `stddev` may be null.
 */
#include "exports/export.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"

struct times {
    double *s; /* seconds a step, by repetition */
    size_t n;
};

static struct times times_of(const json_t *cell)
{
    struct times times = {0};
    size_t all = json_array_size(json_object_get(cell, "repetitions"));
    times.s = must_calloc(all, sizeof(*times.s));
    const json_t *repetition;
    while ((repetition = export_repetition(cell, times.n))) {
        times.s[times.n++] =
            1.0 / json_number_value(json_object_get(repetition, "steps_per_s"));
    }
    return times;
}

static double mean_of(const struct times *times)
{
    double sum = 0.0;
    for (size_t i = 0; i < times->n; i++) {
        sum += times->s[i];
    }
    return sum / (double)times->n;
}

/* Of a sample; NAN for less than two, which becomes null. */
static double deviation_of(const struct times *times)
{
    double mean = mean_of(times);
    double sum = 0.0;
    for (size_t i = 0; i < times->n; i++) {
        sum += (times->s[i] - mean) * (times->s[i] - mean);
    }
    return times->n > 1 ? sqrt(sum / (double)(times->n - 1)) : (double)NAN;
}

static json_t *make_result(const json_t *cell)
{
    _cleanup_(free_p) char *name = export_name(cell);
    _cleanup_(free_p) char *command = NULL;
    must(asprintf(&command, "%s (one step)", name) >= 0);
    struct times times = times_of(cell);
    struct export_metric step;
    (void)export_step_s(cell, &step);
    double low = INFINITY;
    double high = 0.0;
    json_t *each = json_array();
    json_t *codes = json_array();
    for (size_t i = 0; i < times.n; i++) {
        low = fmin(low, times.s[i]);
        high = fmax(high, times.s[i]);
        json_array_append_new(each, json_number(times.s[i]));
        json_array_append_new(codes, json_integer(0));
    }
    json_t *json = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "command",
        command, "mean", json_number(mean_of(&times)), "stddev",
        json_number(deviation_of(&times)), "median", json_number(step.median),
        "user", json_number(export_process_cpu_ns(cell) * 1e-9), "system",
        json_real(0.0), "min", json_number(low), "max", json_number(high),
        "times", each, "exit_codes", codes);
    must(json != NULL);
    free(times.s);
    return json;
}

static int hyperfine_write(const struct export_set *set, unsigned part,
                           FILE *out, struct diag *diag)
{
    (void)part;
    (void)diag;
    json_t *results = json_array();
    for (size_t i = 0; i < set->n; i++) {
        json_array_append_new(results, make_result(set->cells[i]));
    }
    return export_print(json_pack("{s:o}", "results", results), out);
}

const struct export_format export_format_hyperfine = {
    .name = "hyperfine",
    .summary = "hyperfine's JSON, seconds of one step",
    .write = hyperfine_write,
};
