/* SPDX-License-Identifier: MIT */
/*
 * `kind: winner`: a map with one field per (x, row) that names the best line.
 * It is clear when the winner's 95 % interval lies wholly beyond that of the
 * second; otherwise all lines that reach into the best one's are named.
 */
#include "plots/figure_data.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    const struct figure_pick *pick;
    struct figure_value value; /* negated where lower is better */
};

struct field {
    size_t n; /* candidates, the best first */
    struct candidate *all;
};

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    return (left->value.median < right->value.median) -
           (left->value.median > right->value.median);
}

/* Lower is better: the negated value orders like one that is not. */
static void negate(struct figure_value *value)
{
    double low = value->low;
    value->median = -value->median;
    value->low = -value->high;
    value->high = -low;
}

static bool same_field(const struct figure_pick *a, const struct figure_pick *b)
{
    return a->x == b->x && a->row == b->row && strcmp(a->facet, b->facet) == 0;
}

/* All that competes with `first`, which stands for its field. */
static void gather(const struct figure_metric *metric,
                   const struct figure_picks *picks,
                   const struct figure_pick *first, struct field *field)
{
    field->n = 0;
    for (size_t i = 0; i < picks->n; i++) {
        struct candidate *to = &field->all[field->n];
        to->pick = &picks->all[i];
        if (!to->pick->dropped && same_field(to->pick, first) &&
            figure_pick_ok(to->pick) &&
            figure_cell_value(to->pick->cell, metric, &to->value)) {
            if (figure_cell_lower_is_better(to->pick->cell, metric->name) !=
                metric->inverse) {
                negate(&to->value);
            }
            field->n++;
        }
    }
    qsort(field->all, field->n, sizeof(*field->all), compare_candidates);
}

/* How many cannot be told from the best, itself included. */
static size_t count_rivals(const struct field *field)
{
    size_t n = 1;
    while (n < field->n &&
           !(field->all[0].value.low > field->all[n].value.high)) {
        n++;
    }
    return n;
}

/* How many times better the best is than number `i`; 0: cannot be said. */
static double ratio(const struct field *field, size_t i)
{
    double best = fabs(field->all[0].value.median);
    double other = fabs(field->all[i].value.median);
    double less = fmin(best, other);
    return less > 0 ? fmax(best, other) / less : 0;
}

/* "1.9 x coop_tasks": the best against number `i`. */
static void describe_ratio(const struct field *field, size_t i, char *text,
                           size_t size)
{
    char digits[32];
    format_digits(digits, sizeof(digits), ratio(field, i));
    snprintf(text, size, "%s x %.40s", digits, field->all[i].pick->series);
}

static void describe_rivals(const struct field *field, size_t rivals,
                            struct figure_row *row)
{
    size_t size = sizeof(row->text[0]);
    char digits[32];
    if (field->n == 1) {
        snprintf(row->text[0], size, "only");
        snprintf(row->text[1], size, "%.60s", field->all[0].pick->series);
    } else if (isnan(field->all[0].value.low)) {
        snprintf(row->text[0], size, "unclear");
        snprintf(row->text[1], size, "too few runs");
    } else if (rivals == field->n && field->n > 2) {
        snprintf(row->text[0], size, "unclear");
        snprintf(row->text[1], size, "any of %zu", field->n);
        format_digits(digits, sizeof(digits), ratio(field, field->n - 1));
        snprintf(row->text[2], size, "up to %s x apart", digits);
    } else {
        snprintf(row->text[0], size, "%.30s or", field->all[0].pick->series);
        snprintf(row->text[1], size, "%.60s", field->all[1].pick->series);
        if (rivals < field->n) {
            describe_ratio(field, rivals, row->text[2], size);
        }
    }
}

static void describe(const struct field *field, struct figure_row *row)
{
    size_t rivals = count_rivals(field);
    if (rivals == 1 && field->n > 1) {
        snprintf(row->text[0], sizeof(row->text[0]), "%.60s",
                 field->all[0].pick->series);
        describe_ratio(field, 1, row->text[1], sizeof(row->text[1]));
        row->mark = ratio(field, 1);
    } else {
        describe_rivals(field, rivals, row);
    }
}

/* The rank of the value of `pick` among all of that axis: 0, 1, 2... */
static double rank(const struct figure_picks *picks, bool row, double value)
{
    size_t below = 0;
    for (size_t i = 0; i < picks->n; i++) {
        double other = row ? picks->all[i].row : picks->all[i].x;
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = (row ? picks->all[j].row : picks->all[j].x) == other;
        }
        below += !seen && other < value;
    }
    return (double)below;
}

static void add_field(struct figure_data *data,
                      const struct figure_table *table,
                      const struct figure_picks *picks,
                      const struct field *field)
{
    const struct figure_pick *best = field->all[0].pick;
    size_t panel = figure_data_panel(data, table, best->facet);
    struct figure_row *row = figure_data_row(data, panel, table, best);
    if (!row) {
        return;
    }
    const struct figure_value *value = &field->all[0].value;
    row->x = rank(picks, false, best->x);
    row->y = rank(picks, true, best->row);
    row->n = value->n;
    describe(field, row);
    snprintf(row->text[3], sizeof(row->text[3]), "%.6g", best->x);
    snprintf(row->text[4], sizeof(row->text[4]), "%.3g", best->row);
    data->panels[panel].metric = table->metrics[0].name;
    figure_data_count(data, row);
    data->intervals |= !isnan(value->low);
}

static bool is_first_of_field(const struct figure_picks *picks, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (!picks->all[i].dropped &&
            same_field(&picks->all[i], &picks->all[at])) {
            return false;
        }
    }
    return !picks->all[at].dropped;
}

static void count_missing(struct figure_data *data,
                          const struct figure_table *table,
                          const struct figure_pick *pick)
{
    struct figure_value value;
    if (!pick->dropped &&
        (!figure_pick_ok(pick) ||
         !figure_cell_value(pick->cell, &table->metrics[0], &value))) {
        size_t panel = figure_data_panel(data, table, pick->facet);
        figure_data_missing(data, panel, pick, "no value");
    }
}

void figure_winner_add(struct figure_data *data,
                       const struct figure_table *table,
                       const struct figure_picks *picks)
{
    _cleanup_(free_p) struct candidate *all =
        must_calloc(picks->n + 1, sizeof(*all));
    struct field field = {.all = all};
    for (size_t i = 0; i < picks->n; i++) {
        count_missing(data, table, &picks->all[i]);
        if (!is_first_of_field(picks, i)) {
            continue;
        }
        gather(&table->metrics[0], picks, &picks->all[i], &field);
        if (field.n > 0) {
            add_field(data, table, picks, &field);
        }
    }
}
