/* SPDX-License-Identifier: MIT */
/* How it was measured, as the document tells. */
#include "harness/record/json_value.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

struct range {
    double low;
    double high;
};

static void widen(struct range *range, double value)
{
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

static void put_range(FILE *out, const struct range *range)
{
    if (range->low == range->high) {
        fprintf(out, "%.0f", range->low);
    } else {
        fprintf(out, "%.0f to %.0f", range->low, range->high);
    }
}

/* What all cells have in common. */
struct facts {
    struct range reps, slices, slice_ms;
    size_t cells, ok, processes, lost;
    double seconds;
    double steal_s, pressure_s, throttled_s; /* NAN: not known of all slices */
};

static void add_repetition(struct facts *facts, const json_t *repetition)
{
    size_t i;
    const json_t *slice;
    const char *status = report_get(repetition, "status", "");
    facts->processes++;
    facts->lost += strcmp(status, "ok") != 0;
    json_array_foreach(json_object_get(repetition, "slices"), i, slice)
    {
        facts->seconds +=
            json_number_value(json_object_get(slice, "duration_s"));
        facts->steal_s += json_number_or_nan(json_object_get(slice, "steal_s"));
        facts->pressure_s +=
            json_number_or_nan(json_object_get(slice, "pressure_s"));
        facts->throttled_s +=
            json_number_or_nan(json_object_get(slice, "throttled_s"));
    }
}

static void add_cell(struct facts *facts, const json_t *cell)
{
    const json_t *repetitions = json_object_get(cell, "repetitions");
    facts->cells++;
    facts->ok += strcmp(report_get(cell, "status", ""), "ok") == 0;
    widen(&facts->reps, json_number_value(json_object_get(cell, "reps")));
    widen(&facts->slices, json_number_value(json_object_get(cell, "slices")));
    widen(&facts->slice_ms,
          json_number_value(json_object_get(cell, "slice_ms")));
    for (size_t i = 0; i < json_array_size(repetitions); i++) {
        add_repetition(facts, json_array_get(repetitions, i));
    }
}

/* What the kernel told; null is not 0. */
static void put_noise(FILE *out, const struct facts *facts)
{
    const struct {
        const char *before;
        double seconds;
        int decimals;
        const char *after;
    } all[] = {
        {"the hypervisor took ", facts->steal_s, 2, ""},
        {"a quota forbade running for ", facts->throttled_s, 2, ""},
        {"somebody waited for a PU in ", facts->pressure_s, 1,
         " of the time, which is also what cells with more tasks than PUs do"},
    };
    bool any = false;
    fprintf(out,
            "<p>Noise within the %.0f s that were measured: ", facts->seconds);
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (isfinite(all[i].seconds)) {
            fprintf(out, "%s%s%.*f&nbsp;%%%s", any ? "; " : "", all[i].before,
                    all[i].decimals, 100 * all[i].seconds / facts->seconds,
                    all[i].after);
            any = true;
        }
    }
    fputs(any ? ".</p>\n" : "not known here.</p>\n", out);
}

static void put_numbers(FILE *out, const struct facts *facts)
{
    fprintf(out,
            "<p>%zu cells, %zu of them fine; %zu processes, %zu of them "
            "lost. Each cell was measured ",
            facts->cells, facts->ok, facts->processes, facts->lost);
    put_range(out, &facts->reps);
    fputs(" times, each time in a fresh process, all of them in one random "
          "order; each process counts ",
          out);
    put_range(out, &facts->slices);
    fputs(" slices of ", out);
    put_range(out, &facts->slice_ms);
    fputs(" ms and is one value, their median. A number is the median over "
          "processes; its interval is the exact 95&nbsp;% interval from order "
          "statistics, and there is none below six processes. Nothing is "
          "removed as an outlier.</p>\n",
          out);
    if (facts->seconds > 0) {
        put_noise(out, facts);
    }
}

static void put_build(FILE *out, const json_t *document)
{
    const json_t *build = json_object_get(document, "gilbench");
    const json_t *plan = json_object_get(document, "plan");
    const json_t *seed = json_object_get(plan, "seed");
    fputs("<p>Plan <code>", out);
    html_text(out, report_get(plan, "name", "from options"));
    fprintf(out, "</code>, seed %.0f. Program: gilbench ",
            json_number_value(seed));
    html_text(out, report_get(build, "version", "?"));
    fputs(", commit <code>", out);
    html_text(out, report_get(build, "commit", "unknown"));
    fputs(json_is_true(json_object_get(build, "dirty"))
              ? "</code> and changes, "
              : "</code>, ",
          out);
    html_text(out, report_get(build, "compiler", "?"));
    fputs(" <code>", out);
    html_text(out, report_get(build, "flags", ""));
    fputs("</code>, ", out);
    html_text(out, report_get(build, "build_type", "?"));
    const char *sanitizer = report_get(build, "sanitizer", NULL);
    if (sanitizer) {
        fputs(", <strong>with a sanitizer: its numbers are not "
              "comparable</strong> (",
              out);
        html_text(out, sanitizer);
        fputs(")", out);
    }
    fputs(".</p>\n", out);
}

/* Those of one code are told as one, with the first as an example. */
static void put_warning(FILE *out, const json_t *warnings, size_t at)
{
    const json_t *warning = json_array_get(warnings, at);
    const char *code = report_get(warning, "code", "");
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const json_t *other = json_array_get(warnings, i);
        if (strcmp(report_get(other, "code", ""), code) == 0) {
            if (i < at) {
                return;
            }
            n++;
        }
    }
    fputs("<li><strong>", out);
    html_text(out, report_get(warning, "message", ""));
    fputs("</strong>", out);
    if (n > 1) {
        fprintf(out, " (and %zu more of this kind)", n - 1);
    }
    const char *advice = report_get(warning, "advice", NULL);
    if (advice) {
        fputs(": ", out);
        html_text(out, advice);
    }
    fputs("</li>\n", out);
}

void report_warnings(const struct report *report)
{
    FILE *out = report->out;
    const json_t *warnings = json_object_get(report->document, "warnings");
    if (json_array_size(warnings) == 0) {
        fputs("<p>The run gave no warnings.</p>\n", out);
        return;
    }
    fputs("<h3>Warnings of the run</h3>\n<ul>\n", out);
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        put_warning(out, warnings, i);
    }
    fputs("</ul>\n", out);
}

void report_method(const struct report *report)
{
    FILE *out = report->out;
    const struct range none = {NAN, NAN};
    struct facts facts = {.reps = none, .slices = none, .slice_ms = none};
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(report->document, "cells"), i, cell)
    {
        add_cell(&facts, cell);
    }
    fputs("<section id=\"method\" aria-labelledby=\"method-h\">\n"
          "<h2 id=\"method-h\">How it was measured</h2>\n",
          out);
    if (facts.cells > 0) {
        put_numbers(out, &facts);
    }
    put_build(out, report->document);
    report_noise(report);
    report_warnings(report);
    fputs("</section>\n", out);
}
