/* SPDX-License-Identifier: MIT */
#include "bench/selftest.h"

#include "bench/command.h"
#include "bench/compare_row.h"
#include "harness/base/must.h"
#include "harness/measure/judge.h"
#include "harness/measure/resample.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"

#include <math.h>
#include <string.h>

#define TRIALS 1000
#define POWER  0.8
#define METRIC "steps_per_s"

static const json_t *metric_of(const json_t *document, size_t cell)
{
    const json_t *json =
        json_array_get(json_object_get(document, "cells"), cell);
    size_t i;
    const json_t *metric;
    json_array_foreach(json_object_get(json, "metrics"), i, metric)
    {
        if (strcmp(compare_text_of(metric, "name"), METRIC) == 0) {
            return metric;
        }
    }
    return NULL;
}

static double pair_seconds(const json_t *cell)
{
    const json_t *pairs = json_object_get(cell, "pairs");
    size_t n = json_array_size(pairs);
    double *seconds = must_calloc(n, sizeof(*seconds));
    for (size_t i = 0; i < n; i++) {
        seconds[i] = compare_number_of(json_array_get(pairs, i), "pair_s");
    }
    double median = n > 0 ? stats_median(seconds, n) : 0.0;
    free(seconds);
    return median;
}

static void fill(struct selftest_row *row, const json_t *document, size_t pairs,
                 struct rng *rng)
{
    double *d = NULL;
    size_t n = compare_log_ratios(document, row->cell, METRIC, &d);
    struct resample resample = {.d = d, .n = n, .pairs = pairs};
    row->margin = compare_number_of(row->equal, "margin_pct") / 100.0;
    row->smallest = INFINITY;
    if (n > 0) {
        struct resampled found;
        struct resampled equal = resample_judge(&resample, 0.0, TRIALS, rng);
        row->alarms_plain = equal.slower + equal.faster;
        resample.margin = log1p(row->margin);
        equal = resample_judge(&resample, 0.0, TRIALS, rng);
        row->alarms = equal.slower + equal.faster;
        row->smallest =
            resample_smallest(&resample, POWER, TRIALS, rng, &found);
        row->seconds = found.seen * pair_seconds(row->cell);
    }
    free(d);
}

struct selftest_row *selftest_rows(const json_t *equal, const json_t *injected,
                                   size_t pairs, uint64_t seed, size_t *ret_n)
{
    const json_t *cells = json_object_get(equal, "cells");
    size_t n = json_array_size(cells);
    struct selftest_row *rows = must_calloc(n, sizeof(*rows));
    struct rng rng = {seed};
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct selftest_row){.cell = json_array_get(cells, i),
                                        .equal = metric_of(equal, i),
                                        .injected = metric_of(injected, i)};
        if (rows[i].equal) {
            fill(&rows[i], equal, pairs, &rng);
        }
    }
    *ret_n = n;
    return rows;
}

static void format_smallest(const struct selftest_row *row, char *text,
                            size_t size)
{
    if (isfinite(row->smallest)) {
        snprintf(text, size, "+%.1f %%", row->smallest * 100.0);
    } else {
        snprintf(text, size, "> 100 %%");
    }
}

static void put_row(const struct selftest_row *row, FILE *out)
{
    char smallest[32];
    char change[32] = "-";
    const char *verdict = compare_text_of(row->injected, "verdict");
    struct compare_row injected = {.cell = row->cell, .metric = row->injected};
    fprintf(out, "%-6s ", compare_text_of(row->cell, "class"));
    if (!row->equal) {
        fprintf(out, "%s: %s\n", compare_text_of(row->cell, "status"),
                compare_text_of(row->cell, "reason"));
        return;
    }
    format_smallest(row, smallest, sizeof(smallest));
    if (row->injected) {
        compare_row_change(&injected, change, sizeof(change));
    }
    fprintf(out, "%6.1f %% %8.1f %% %9.1f %% %10s %7.1f s  %-8s %9s  %s\n",
            row->margin * 100.0, row->alarms_plain * 100.0, row->alarms * 100.0,
            smallest, row->seconds, verdict, change,
            compare_text_of(row->equal, "verdict"));
}

void selftest_write(const struct selftest_row *rows, size_t n,
                    const struct compare_request *request, FILE *out)
{
    char injected[32];
    snprintf(injected, sizeof(injected), "+%g %% injected",
             request->inject_permille / 10.0);
    fprintf(out,
            "                 false alarms      found in 80 %% of cases"
            "  %s\n",
            injected);
    fputs("class    margin   no margin     margin       from        in  "
          "called     change  A/A here\n",
          out);
    for (size_t i = 0; i < n; i++) {
        put_row(&rows[i], out);
    }
    fputc('\n', out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%-6s %s\n", compare_text_of(rows[i].cell, "class"),
                compare_text_of(rows[i].cell, "id"));
    }
    fprintf(out,
            "\nfalse alarms, found: of %d comparisons made of the A/A pairs "
            "measured here, labels\nexchanged at random; each with %u pairs, "
            "%u where that is unclear. This is what\nthe machine did in this "
            "minute.\n",
            TRIALS, request->pairs, 2 * request->pairs);
}

static double counted(const json_t *document, const char *key)
{
    return compare_number_of(json_object_get(document, "verdict"), key);
}

int selftest_exit_code(const json_t *equal, const json_t *injected)
{
    if (counted(equal, "slower") + counted(equal, "faster") > 0) {
        return EXIT_SLOWER;
    }
    if (compare_exit_code(equal) != EXIT_FINE ||
        compare_exit_code(injected) == EXIT_CELL_FAILED) {
        return EXIT_CELL_FAILED;
    }
    return counted(injected, "slower") > 0 ? EXIT_FINE : EXIT_UNCLEAR;
}
