/* SPDX-License-Identifier: MIT */
#include "bench/warnings.h"

#include "harness/record/json_value.h"
#include "plots/format.h"

#include <string.h>

#define WIDTH 100

/* The generator used this share of the window or more. */
#define GENERATOR_SATURATED 0.9

void warnings_of_generator(struct document *document, const char *cell_id,
                           const json_t *repetition)
{
    double used_s =
        json_number_or_nan(json_object_get(repetition, "generator_cpu_s"));
    double wall_s = json_number_or_nan(json_object_get(repetition, "wall_s"));
    char message[512];
    if (used_s >= GENERATOR_SATURATED * wall_s) {
        snprintf(message, sizeof(message),
                 "%s: the load generator had no time left on its PU: "
                 "steps_per_s is at most what it can ask for",
                 cell_id);
        document_warn(document, "generator_saturated", message,
                      "compare cpu_ns_per_step, or latencies at a fixed rate "
                      "(rate_per_s)");
    }
}

void warnings_of_stacks(struct document *document, const char *cell_id,
                        const json_t *repetition)
{
    const json_t *loop = json_object_get(repetition, "loop");
    json_int_t stacks = json_integer_value(json_object_get(loop, "stacks"));
    json_int_t guarded =
        json_integer_value(json_object_get(loop, "stacks_guarded"));
    char message[512];
    if (guarded < stacks) {
        snprintf(message, sizeof(message),
                 "%s: %lld of %lld stacks have no guard page, so an overflow "
                 "of one would not be seen: a guard takes two mappings, and "
                 "a process may have only so many",
                 cell_id, (long long)(stacks - guarded), (long long)stacks);
        document_warn(document, "stacks_unguarded", message,
                      "raise sysctl vm.max_map_count, or take Linux 6.13, "
                      "where guards take none");
    }
}

static const char *text(const json_t *warning, const char *key)
{
    const char *value = json_string_value(json_object_get(warning, key));
    return value ? value : "";
}

static size_t alike(const json_t *warnings, size_t from, const char *code)
{
    size_t n = 0;
    for (size_t i = from; i < json_array_size(warnings); i++) {
        n += strcmp(text(json_array_get(warnings, i), "code"), code) == 0;
    }
    return n;
}

static size_t told_before(const json_t *warnings, size_t at, const char *code)
{
    return alike(warnings, 0, code) - alike(warnings, at, code);
}

void warnings_print(const json_t *warnings, FILE *out)
{
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const json_t *warning = json_array_get(warnings, i);
        const char *code = text(warning, "code");
        const char *advice = text(warning, "advice");
        char line[2048];
        char others[64] = "";
        if (told_before(warnings, i, code) > 0) {
            continue;
        }
        size_t n = alike(warnings, i, code);
        if (n > 1) {
            snprintf(others, sizeof(others), " (and %zu more like this)",
                     n - 1);
        }
        snprintf(line, sizeof(line), "warning: %s%s%s%s",
                 text(warning, "message"), others, *advice ? "; " : "", advice);
        format_print_folded(line, WIDTH, out);
    }
}
