/* SPDX-License-Identifier: MIT */
/*
 * `kind: runs`: one point a process, y its value by the median of its cell.
 *
 * With `x: order` x is when in the run it was measured, 0 to 1, of all cells
 * (of very many processes only every so manieth). Else x is a row for each of
 * the cells whose processes are furthest apart, most first, and `place` when
 * in the run it was.
 */
#include "plots/figure_data.h"

#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "harness/record/summary.h"
#include "plots/figure_cell.h"
#include "plots/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS_ROWS   20
#define RUNS_POINTS 1000

enum column { NAME, RANGE };

/* The processes of a cell. */
struct runs {
    const struct figure_pick *pick;
    size_t n;
    double *ratios; /* by the median */
    double *orders;
    double low;
    double high;
};

struct all_runs {
    struct runs *cells;
    size_t n;
    size_t points;
    double last; /* order of the run */
};

static double get(const json_t *repetition, const struct figure_metric *metric)
{
    const struct metric *of = summary_metric(metric->name);
    return of ? of->get(of, repetition) : NAN;
}

/* Values above 0; a process that did nothing has no place on the axis. */
static size_t read_values(const struct figure_table *table,
                          const json_t *repetitions, struct runs *runs)
{
    size_t i;
    const json_t *repetition;
    runs->n = 0;
    json_array_foreach(repetitions, i, repetition)
    {
        double value = get(repetition, &table->metrics[0]);
        const json_t *order = json_object_get(repetition, "order");
        if (value > 0 && isfinite(value) && json_is_integer(order)) {
            runs->orders[runs->n] = fmax(0, json_number_value(order));
            runs->ratios[runs->n++] = value;
        }
    }
    return runs->n;
}

static double median_of(const double *values, size_t n)
{
    double *sorted = must_calloc(n, sizeof(*sorted));
    memcpy(sorted, values, n * sizeof(*sorted));
    double median = stats_median(sorted, n);
    free(sorted);
    return median;
}

/* False: there are no two processes to compare. */
static bool read_cell(const struct figure_table *table,
                      const struct figure_pick *pick, struct runs *ret)
{
    const json_t *repetitions = json_object_get(pick->cell, "repetitions");
    size_t n = json_array_size(repetitions);
    *ret = (struct runs){.pick = pick, .low = INFINITY};
    ret->ratios = must_calloc(n + 1, sizeof(*ret->ratios));
    ret->orders = must_calloc(n + 1, sizeof(*ret->orders));
    if (read_values(table, repetitions, ret) < 2) {
        return false;
    }
    double median = median_of(ret->ratios, ret->n);
    for (size_t i = 0; i < ret->n; i++) {
        ret->ratios[i] /= median;
        ret->low = fmin(ret->low, ret->ratios[i]);
        ret->high = fmax(ret->high, ret->ratios[i]);
    }
    return true;
}

static void free_cell(struct runs *runs)
{
    free(runs->ratios);
    free(runs->orders);
}

static void read_all(const struct figure_table *table,
                     const struct figure_picks *picks, struct all_runs *ret)
{
    *ret = (struct all_runs){.last = 1};
    ret->cells = must_calloc(picks->n + 1, sizeof(*ret->cells));
    for (size_t i = 0; i < picks->n; i++) {
        struct runs *runs = &ret->cells[ret->n];
        if (picks->all[i].dropped) {
            continue;
        }
        if (!read_cell(table, &picks->all[i], runs)) {
            free_cell(runs);
            *runs = (struct runs){0};
            continue;
        }
        ret->n++;
        ret->points += runs->n;
        for (size_t k = 0; k < runs->n; k++) {
            ret->last = fmax(ret->last, runs->orders[k]);
        }
    }
}

/* `cpu_loop/coop_tasks/tasks=2`: without what most cells have in common. */
static void name_cell(const json_t *cell, char *text, size_t size)
{
    char id[512];
    size_t used = 0;
    const char *own = json_string_value(json_object_get(cell, "id"));
    format_clean(id, sizeof(id), own ? own : "a cell");
    char *rest = id;
    text[0] = '\0';
    for (char *part; (part = strsep(&rest, "/"));) {
        if (strcmp(part, "placement=per_core") != 0 &&
            strncmp(part, "warmup_ms=", 10) != 0 && used < size) {
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     used ? "/" : "", part);
        }
    }
}

static struct figure_row *add_point(struct figure_data *data, size_t panel,
                                    const struct figure_table *table,
                                    const struct runs *runs, size_t i)
{
    struct figure_row *row = figure_data_row(data, panel, table, runs->pick);
    if (row) {
        row->y = runs->ratios[i];
    }
    return row;
}

static void add_row(struct figure_data *data, size_t panel,
                    const struct figure_table *table,
                    const struct all_runs *all, size_t cell)
{
    const struct runs *runs = &all->cells[cell];
    for (size_t i = 0; i < runs->n; i++) {
        struct figure_row *row = add_point(data, panel, table, runs, i);
        if (!row) {
            return;
        }
        row->x = (double)cell;
        row->place = runs->orders[i] / all->last;
        row->n = (unsigned)runs->n;
        figure_data_count(data, row);
        name_cell(runs->pick->cell, row->text[NAME], sizeof(row->text[0]));
        if (i == 0) {
            snprintf(row->text[RANGE], sizeof(row->text[0]), "%.2f - %.2f",
                     runs->low, runs->high);
        }
    }
}

static int by_spread(const void *a, const void *b)
{
    const struct runs *left = a, *right = b;
    double x = left->high / left->low, y = right->high / right->low;
    return (x < y) - (x > y);
}

static bool has(const struct all_runs *all, const struct figure_pick *pick)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->cells[i].pick == pick) {
            return true;
        }
    }
    return false;
}

static void add_rows(struct figure_data *data, const struct figure_table *table,
                     const struct figure_picks *picks, struct all_runs *all)
{
    size_t panel = figure_data_panel(data, table, "");
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (!pick->dropped && !has(all, pick)) {
            figure_data_missing(data, panel, pick,
                                "no two processes with a step");
        }
    }
    size_t n = all->n < RUNS_ROWS ? all->n : RUNS_ROWS;
    qsort(all->cells, all->n, sizeof(*all->cells), by_spread);
    snprintf(data->panels[panel].label, FIGURE_LABEL,
             n < all->n ? "The %zu of %zu cells that spread most"
                        : "All %zu cells",
             n, all->n);
    for (size_t i = 0; i < n; i++) {
        add_row(data, panel, table, all, i);
        data->panels[panel].metric = table->metrics[0].name;
    }
}

static void add_by_order(struct figure_data *data,
                         const struct figure_table *table,
                         const struct all_runs *all)
{
    char label[FIGURE_LABEL];
    if (all->n == 0) {
        return;
    }
    size_t step = 1 + all->points / RUNS_POINTS, at = 0;
    snprintf(label, sizeof(label), "All %zu processes", all->points);
    if (step > 1) {
        snprintf(label, sizeof(label), "Every %zuth of %zu processes", step,
                 all->points);
    }
    size_t panel = figure_data_panel(data, table, label);
    for (size_t i = 0; i < all->n; i++) {
        const struct runs *runs = &all->cells[i];
        for (size_t k = 0; k < runs->n; k++) {
            struct figure_row *row =
                at++ % step == 0 ? add_point(data, panel, table, runs, k)
                                 : NULL;
            if (row) {
                row->x = runs->orders[k] / all->last;
            }
        }
    }
    data->panels[panel].metric = table->metrics[0].name;
}

void figure_runs_add(struct figure_data *data, const struct figure_table *table,
                     const struct figure_picks *picks)
{
    struct all_runs all;
    read_all(table, picks, &all);
    if (table->by_order) {
        data->fitting -= picks->n; /* they are those of the rows */
        add_by_order(data, table, &all);
    } else {
        add_rows(data, table, picks, &all);
    }
    for (size_t i = 0; i < all.n; i++) {
        free_cell(&all.cells[i]);
    }
    free(all.cells);
}
