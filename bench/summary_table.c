/* SPDX-License-Identifier: MIT */
/*
 *   cpu_loop: a step is one iteration of the loop
 *                           tasks     1/s  95 % interval  speed-up    p50 p99
 *     gil_threads:cpython3      1   210 M    206 - 214 M      1.00
 *                               2   208 M    205 - 212 M      0.99
 *     free_threads             64  failed: cannot start thread 31
 *
 * Lines are what a figure would call series (plots/figure_pick.h): cells that
 * are alike in everything but the number of tasks.
 */
#include "bench/summary_table.h"

#include "bench/sharing_table.h"
#include "bench/verdict_text.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure.h"
#include "plots/figure_cell.h"
#include "plots/figure_pick.h"
#include "plots/format.h"

#include <math.h>
#include <string.h>

#define WIDTH       100
#define LABEL_WIDTH 40 /* a longer label has a line of its own */
#define REST_INDENT 8  /* of a reason that goes on below its row */

struct table {
    FILE *out;
    bool colour;
    bool latencies; /* the workload has any */
    int label_width;
};

static const char *paint(const struct table *table, const char *code)
{
    return table->colour ? code : "";
}

#define BOLD  "\033[1m"
#define RED   "\033[31m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

/* All cells of a workload, by model and lock. */
static void pick_workload(const json_t *document, const char *workload,
                          struct figure_picks *ret)
{
    struct figure_table table = {
        .select = {.n = 1},
        .series = {.n = 2, .all = {"model", "lock"}},
        .x = "tasks",
    };
    snprintf(table.select.all[0].key, FIGURE_WORD, "workload");
    snprintf(table.select.all[0].globs, FIGURE_WORD, "%s", workload);
    figure_picks_make(&table, json_object_get(document, "cells"), ret);
}

static const char *status_of(const json_t *cell)
{
    const char *status = json_string_value(json_object_get(cell, "status"));
    return status ? status : "unknown";
}

/* The cell of one task in the same line. */
static const json_t *base_of(const struct figure_picks *picks,
                             const struct figure_pick *pick)
{
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *other = &picks->all[i];
        if (other->x == 1 && other->group == pick->group &&
            strcmp(other->series, pick->series) == 0) {
            return other->cell;
        }
    }
    return NULL;
}

static void format_speed_up(char *text, size_t size,
                            const struct figure_picks *picks,
                            const struct figure_pick *pick, double steps_per_s)
{
    struct figure_value value;
    const json_t *base = pick->x > 1 ? base_of(picks, pick) : NULL;
    text[0] = '\0';
    if (base && figure_cell_metric(base, "steps_per_s", &value) &&
        value.median > 0) {
        format_digits(text, size, steps_per_s / value.median);
    }
}

static void format_latency(char *text, size_t size, const json_t *cell,
                           const char *metric)
{
    struct figure_value value;
    text[0] = '\0';
    if (figure_cell_metric(cell, metric, &value)) {
        format_seconds(text, size, value.median * 1e-9);
    }
}

static void print_latencies(const struct table *table, const json_t *cell)
{
    char p50[32], p99[32];
    format_latency(p50, sizeof(p50), cell, "latency_p50_ns");
    format_latency(p99, sizeof(p99), cell, "latency_p99_ns");
    fprintf(table->out, " %8s %8s", p50, p99);
}

static void print_measured(const struct table *table,
                           const struct figure_picks *picks,
                           const struct figure_pick *pick)
{
    char rate[32] = "", interval[64] = "", speed_up[32] = "";
    struct figure_value value;
    if (figure_cell_metric(pick->cell, "steps_per_s", &value)) {
        format_count(rate, sizeof(rate), value.median);
        if (!isnan(value.low) && !isnan(value.high)) {
            format_interval(interval, sizeof(interval), value.low, value.high);
        }
        format_speed_up(speed_up, sizeof(speed_up), picks, pick, value.median);
    }
    if (value.median == 0) {
        fprintf(table->out, "  it made no step\n");
        return;
    }
    fprintf(table->out, " %8s %14s %8s", rate, interval, speed_up);
    if (table->latencies) {
        print_latencies(table, pick->cell);
    }
    fputc('\n', table->out);
}

static void print_lost(const struct table *table, const json_t *cell)
{
    char reason[1024];
    const char *text = json_string_value(json_object_get(cell, "reason"));
    bool skipped = strcmp(status_of(cell), "skipped") == 0;
    const char *colour = paint(table, skipped ? FAINT : RED);
    size_t room = (size_t)(WIDTH - table->label_width - 2 - 6 - 2 - 10);
    format_clean(reason, sizeof(reason), text ? text : "no reason given");
    size_t n = format_fold(reason, room);
    fprintf(table->out, "  %s%s: %.*s%s\n", colour, status_of(cell), (int)n,
            reason, paint(table, PLAIN));
    for (const char *rest = reason + n; *rest; rest += n) {
        rest += strspn(rest, " ");
        n = format_fold(rest, WIDTH - REST_INDENT);
        fprintf(table->out, "%*s%s%.*s%s\n", REST_INDENT, "", colour, (int)n,
                rest, paint(table, PLAIN));
    }
}

static void print_cell(const struct table *table,
                       const struct figure_picks *picks,
                       const struct figure_pick *pick, bool first)
{
    const char *label = first ? pick->series : "";
    if (strlen(label) > LABEL_WIDTH) {
        fprintf(table->out, "  %.*s\n", WIDTH - 2, label);
        label = "";
    }
    fprintf(table->out, "  %-*s %6.0f", table->label_width, label, pick->x);
    if (strcmp(status_of(pick->cell), "ok") == 0) {
        print_measured(table, picks, pick);
    } else {
        print_lost(table, pick->cell);
    }
}

static bool same_line(const struct figure_pick *a, const struct figure_pick *b)
{
    return strcmp(a->series, b->series) == 0;
}

/* Line by line, each in the document's order. */
static void print_lines(const struct table *table,
                        const struct figure_picks *picks)
{
    for (size_t i = 0; i < picks->n; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = same_line(&picks->all[j], &picks->all[i]);
        }
        for (size_t j = i; j < picks->n && !seen; j++) {
            if (same_line(&picks->all[i], &picks->all[j])) {
                print_cell(table, picks, &picks->all[j], j == i);
            }
        }
    }
}

/* The widest label that has room, and whether there are latencies. */
static void lay_out(struct table *table, const struct figure_picks *picks)
{
    table->label_width = 0;
    table->latencies = false;
    for (size_t i = 0; i < picks->n; i++) {
        struct figure_value value;
        int n = (int)strlen(picks->all[i].series);
        if (n <= LABEL_WIDTH && n > table->label_width) {
            table->label_width = n;
        }
        table->latencies |=
            figure_cell_metric(picks->all[i].cell, "latency_p50_ns", &value);
    }
}

static void print_workload(struct table *table, const char *workload,
                           const char *step, const struct figure_picks *picks)
{
    char name[FIGURE_WORD], of[64];
    format_clean(name, sizeof(name), workload);
    format_clean(of, sizeof(of), step ? step : "not named");
    lay_out(table, picks);
    fprintf(table->out, "\n%s%.40s%s%s: a step is %.45s%s\n",
            paint(table, BOLD), name, paint(table, PLAIN), paint(table, FAINT),
            of, paint(table, PLAIN));
    fprintf(table->out, "%s  %-*s %6s %8s %14s %8s%s%s\n", paint(table, FAINT),
            table->label_width, "", "tasks", "steps/s", "95 % interval",
            "speed-up", table->latencies ? "      p50      p99" : "",
            paint(table, PLAIN));
    print_lines(table, picks);
}

static const char *workload_of(const json_t *cells, size_t i)
{
    return json_string_value(
        json_object_get(json_array_get(cells, i), "workload"));
}

/* The first cell of its workload? */
static bool is_new(const json_t *cells, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const char *other = workload_of(cells, i);
        if (other && strcmp(other, workload_of(cells, at)) == 0) {
            return false;
        }
    }
    return true;
}

/* The rows of a figure that consists of rows, where a run has them. */
static void print_rows(const struct table *table, const json_t *document,
                       const char *figure, const char *what)
{
    _cleanup_(free_p) char *rows = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&rows, &size);
    must(file != NULL);
    int r = figure_table_print(figure, document, file);
    must(fclose(file) == 0);
    if (r == 0) {
        fprintf(table->out, "\n%s%s%s: %s\n%s", paint(table, BOLD), figure,
                paint(table, PLAIN), what, rows);
    }
}

void summary_table_print(const json_t *document, FILE *out, bool colour)
{
    struct table table = {.out = out, .colour = colour};
    const json_t *cells = json_object_get(document, "cells");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const char *workload = workload_of(cells, i);
        if (workload && is_new(cells, i)) {
            struct figure_picks picks;
            const json_t *step =
                json_object_get(json_array_get(cells, i), "step");
            pick_workload(document, workload, &picks);
            print_workload(&table, workload, json_string_value(step), &picks);
            figure_picks_free(&picks);
        }
    }
    print_rows(&table, document, "fidelity", "the model by the real lock");
    print_rows(&table, document, "peers",
               "the goals of coop_tasks beside other libraries");
    sharing_table_print(document, out);
    summary_hold_print(document, out);
    summary_hook_print(document, out);
    verdict_print_short(document, out, colour);
}
