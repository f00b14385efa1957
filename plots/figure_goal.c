/* SPDX-License-Identifier: MIT */
/*
 * `kind: goal`: one row a table, which is one goal: what was measured of the
 * own cell, divided by the goal, beside the best of the other cells and the
 * floor, divided by the same. Less is better, so at most 1 is a goal reached.
 * Where another cell gives the goal, the own one is divided by it pair by pair.
 *
 * x is the row's number, counted on from table to table. The texts of a row,
 * which the own cell's carries, are its columns: what, own value, goal, value
 * and name of the best of the others, floor.
 */
#include "plots/figure_data.h"

#include "plots/figure_cell.h"
#include "plots/format.h"
#include "plots/pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column { WHAT, OWN, GOAL, OTHER, FLOOR };

/* One of the three marks of a row. */
struct mark {
    const struct figure_pick *pick; /* NULL: there is none */
    struct figure_value value;
};

struct goal {
    const struct figure_table *table;
    struct mark own;
    struct mark other; /* the best of them */
    struct mark floor;
    double limit;                /* the goal, in the metric's unit */
    struct figure_value reached; /* the own cell's by it */
};

static bool measure(const struct figure_table *table,
                    const struct figure_pick *pick, struct mark *ret)
{
    ret->pick = pick;
    return !pick->dropped && figure_pick_ok(pick) &&
           figure_cell_value(pick->cell, &table->metrics[0], &ret->value);
}

static void keep_best(struct mark *best, const struct mark *mark)
{
    if (!best->pick || mark->value.median < best->value.median) {
        *best = *mark;
    }
}

static void sort_cells(struct goal *goal, const struct figure_picks *picks)
{
    const struct figure_table *table = goal->table;
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        struct mark mark;
        if (!measure(table, pick, &mark)) {
            continue;
        }
        if (figure_cell_fits(pick->cell, &table->own)) {
            goal->own = mark;
        } else if (figure_cell_fits(pick->cell, &table->floor)) {
            keep_best(&goal->floor, &mark);
        } else if (table->without.n == 0 ||
                   !figure_cell_fits(pick->cell, &table->without)) {
            keep_best(&goal->other, &mark);
        }
    }
}

/* The cell that a limit is relative to. False: it was not measured. */
static bool find_reference(const struct figure_table *table,
                           const struct figure_limit *limit,
                           const struct figure_picks *picks, struct mark *ret)
{
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (figure_cell_meets(pick->cell, &limit->of) &&
            measure(table, pick, ret)) {
            return true;
        }
    }
    return false;
}

/* By how much the own cell keeps a limit: its values by the limit, and what
 * that is here. A limit that another cell gives is judged by the pairs of their
 * processes, which have run in the same round, and in a plan with blocks
 * within seconds: what slows the machine for longer is no difference. False:
 * that cell was not measured. */
static bool hold_against(const struct figure_limit *limit,
                         const struct figure_picks *picks, struct goal *goal,
                         struct figure_value *ret)
{
    const struct figure_metric *metric = &goal->table->metrics[0];
    struct figure_value value = goal->own.value;
    double by = limit->number;
    goal->limit = limit->number;
    if (*limit->of.key) {
        struct pairs_side own = {.cell = goal->own.pick->cell}, other = {0};
        struct mark reference;
        if (!find_reference(goal->table, limit, picks, &reference)) {
            return false;
        }
        other.cell = reference.pick->cell;
        if (!pairs_ratio(&own, &other, metric, &value)) {
            return false;
        }
        goal->limit *= reference.value.median;
    }
    *ret = (struct figure_value){value.median / by, value.low / by,
                                 value.high / by, value.n};
    return true;
}

/* Without an interval, which takes 6 processes, nothing is decided. */
static enum figure_verdict verdict_of(const struct goal *goal)
{
    const struct figure_value *value = &goal->reached;
    return value->high <= 1 ? FIGURE_WITHIN
           : value->low > 1 ? FIGURE_OUTSIDE
                            : FIGURE_OPEN;
}

/* The verdict counts first. */
static bool is_worse(const struct goal *a, const struct goal *b)
{
    return verdict_of(a) != verdict_of(b)
               ? verdict_of(a) > verdict_of(b)
               : a->reached.median > b->reached.median;
}

/* All limits are to be kept, so the one that is kept worst counts. */
static bool find_limit(struct goal *goal, const struct figure_picks *picks)
{
    const struct figure_table *table = goal->table;
    struct goal worst = *goal;
    worst.reached =
        (struct figure_value){.median = -INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < table->n_limits; i++) {
        struct goal here = *goal;
        if (!hold_against(&table->limits[i], picks, &here, &here.reached)) {
            return false;
        }
        if (is_worse(&here, &worst)) {
            worst = here;
        }
    }
    *goal = worst;
    return isfinite(goal->reached.median);
}

static void put_value(const struct figure_table *table, double value,
                      char *text, size_t size)
{
    const struct figure_metric *metric = &table->metrics[0];
    bool rate = metric->inverse && strstr(metric->name, "_per_s");
    bool bytes = strstr(metric->name, "bytes");
    char number[32];
    if (rate || strstr(metric->name, "_ns")) {
        format_seconds(text, size, rate ? value : value * 1e-9);
    } else {
        format_count(number, sizeof(number), value);
        snprintf(text, size, "%.30s%s", number, bytes ? "B" : "");
    }
}

/* A row of the line that is called `name`: `value` by the goal. */
static struct figure_row *add_mark(struct figure_data *data, size_t panel,
                                   const struct goal *goal,
                                   const struct figure_pick *from,
                                   const struct figure_value *value,
                                   const char *name)
{
    struct figure_pick pick = *from;
    snprintf(pick.series, sizeof(pick.series), "%s", name);
    struct figure_row *row = figure_data_row(data, panel, goal->table, &pick);
    if (row) {
        row->x = (double)data->n_rows;
        row->y = value->median;
        row->low = value->low;
        row->high = value->high;
        row->n = value->n;
        figure_data_count(data, row);
    }
    return row;
}

static void add_other(struct figure_data *data, size_t panel,
                      const struct goal *goal, const struct mark *mark,
                      const char *name)
{
    struct figure_value value = mark->value;
    if (mark->pick) {
        value.median /= goal->limit;
        value.low /= goal->limit;
        value.high /= goal->limit;
        (void)add_mark(data, panel, goal, mark->pick, &value, name);
    }
}

static void put_other(const struct goal *goal, char *text, size_t size)
{
    char value[32], name[FIGURE_LABEL];
    if (!goal->other.pick) {
        return;
    }
    put_value(goal->table, goal->other.value.median, value, sizeof(value));
    figure_cell_short_label(goal->other.pick->cell, &goal->table->label, name,
                            sizeof(name));
    const char *word = strrchr(name, '='); /* "peer, program=libuv" */
    snprintf(text, size, "%.24s  %.50s", value, word ? word + 1 : name);
}

static void put_texts(const struct goal *goal, struct figure_row *row)
{
    const struct figure_table *table = goal->table;
    size_t size = sizeof(row->text[0]);
    snprintf(row->text[WHAT], size, "%.79s", table->heading);
    put_value(table, goal->own.value.median, row->text[OWN], size);
    put_value(table, goal->limit, row->text[GOAL], size);
    put_other(goal, row->text[OTHER], size);
    if (goal->floor.pick) {
        put_value(table, goal->floor.value.median, row->text[FLOOR], size);
    }
}

static void add_goal(struct figure_data *data, const struct goal *goal)
{
    size_t panel = figure_data_panel(data, goal->table, "");
    data->panels[panel].metric = goal->table->metrics[0].name;
    struct figure_row *row =
        add_mark(data, panel, goal, goal->own.pick, &goal->reached, "gilbench");
    if (row) {
        row->mark = verdict_of(goal);
        put_texts(goal, row);
    }
    add_other(data, panel, goal, &goal->other, "best of the others");
    add_other(data, panel, goal, &goal->floor, "floor");
    data->n_rows++;
}

void figure_goal_add(struct figure_data *data, const struct figure_table *table,
                     const struct figure_picks *picks)
{
    struct goal goal = {.table = table};
    if (picks->n == 0) {
        return;
    }
    sort_cells(&goal, picks);
    size_t panel = figure_data_panel(data, table, "");
    if (!goal.own.pick) {
        figure_data_missing(data, panel, &picks->all[0], "no own cell");
    } else if (!find_limit(&goal, picks)) {
        figure_data_missing(data, panel, goal.own.pick,
                            "the cell of its goal was not measured");
    } else {
        add_goal(data, &goal);
    }
}

#define ROW_FORMAT "  %-33s %9s %9s  %-18s %-8s %-22s %8s\n"

static void put_ratio(const struct figure_row *row, char *text, size_t size)
{
    if (isnan(row->low)) {
        snprintf(text, size, "%.2f", row->y);
    } else {
        snprintf(text, size, "%.2f [%.2f - %.2f]", row->y, row->low, row->high);
    }
}

static void print_row(const struct figure_row *row, FILE *out)
{
    static const char *const words[] = {
        [FIGURE_WITHIN] = "reached",
        [FIGURE_OPEN] = "open",
        [FIGURE_OUTSIDE] = "missed",
    };
    char by[40];
    put_ratio(row, by, sizeof(by));
    fprintf(out, ROW_FORMAT, row->text[WHAT], row->text[OWN], row->text[GOAL],
            by, words[(int)row->mark], row->text[OTHER], row->text[FLOOR]);
}

void figure_goal_print(const struct figure_data *data, FILE *out)
{
    fprintf(out, ROW_FORMAT, "", "gilbench", "goal", "by it [95 %]", "",
            "best of the others", "floor");
    for (size_t at = 0; at < data->n_rows; at++) {
        for (size_t i = 0; i < data->n_blocks; i++) {
            const struct figure_block *block = &data->blocks[i];
            for (size_t k = 0; k < block->n_rows; k++) {
                if (block->rows[k].x == (double)at &&
                    *block->rows[k].text[WHAT]) {
                    print_row(&block->rows[k], out);
                }
            }
        }
    }
    if (data->missing > 0) {
        fprintf(out, "  without %zu: %.86s\n", data->missing,
                figure_data_first_missing(data));
    }
}
