/* SPDX-License-Identifier: MIT */
/*
 * `kind: rows`: one row a cell, with a mark for each metric of y; the facet is
 * a heading above its rows. x is the row's number, counted on from table to
 * table, y the value, `mark` which metric it is.
 *
 * The texts of a row are its name, which says what differs below the heading
 * and the last key of the label, the metric, and the value with its interval.
 */
#include "plots/figure_data.h"

#include "plots/figure_cell.h"
#include "plots/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum column { LABEL, METRIC, VALUE };

/* The rows below one heading. */
struct rows {
    struct figure_data *data;
    const struct figure_table *table;
    const struct figure_picks *picks;
    const char *facet;
    struct figure_keys keys; /* that tell its rows apart */
    size_t panel;
    bool headed;
};

static bool is_below(const struct rows *rows, const struct figure_pick *pick)
{
    return !pick->dropped && strcmp(pick->facet, rows->facet) == 0;
}

/* True if the rows below the heading differ in that key. */
static bool tells_apart(const struct rows *rows, const char *key)
{
    char first[FIGURE_WORD], other[FIGURE_WORD];
    bool any = false;
    for (size_t i = 0; i < rows->picks->n; i++) {
        const struct figure_pick *pick = &rows->picks->all[i];
        char *to = any ? other : first;
        if (!is_below(rows, pick) ||
            !figure_cell_text(pick->cell, key, to, FIGURE_WORD)) {
            continue; /* what a cell does not have says nothing of it */
        }
        if (any && strcmp(first, other) != 0) {
            return true;
        }
        any = true;
    }
    return false;
}

/* And the last one in any case. */
static void choose_keys(struct rows *rows)
{
    const struct figure_keys *all = &rows->table->label;
    rows->keys.n = 0;
    for (size_t i = 0; i < all->n; i++) {
        if (i + 1 == all->n || tells_apart(rows, all->all[i])) {
            memcpy(rows->keys.all[rows->keys.n++], all->all[i], FIGURE_WORD);
        }
    }
}

/* Three digits, but no more than three behind the point. */
static void put_digits(double value, char *text, size_t size)
{
    if (value > 0 && value < 0.1) {
        snprintf(text, size, "%.3f", value);
    } else {
        format_digits(text, size, value);
    }
}

static void put_value(const struct figure_value *value, char *text, size_t size)
{
    char median[32], low[32], high[32];
    put_digits(value->median, median, sizeof(median));
    put_digits(value->low, low, sizeof(low));
    put_digits(value->high, high, sizeof(high));
    if (isnan(value->low)) {
        snprintf(text, size, "%.30s", median);
    } else {
        snprintf(text, size, "%.20s [%.20s - %.20s]", median, low, high);
    }
}

static bool put_metric(const struct rows *rows, const struct figure_pick *pick,
                       size_t metric, const struct figure_value *value)
{
    struct figure_row *row =
        figure_data_row(rows->data, rows->panel, rows->table, pick);
    if (!row) {
        return false;
    }
    char label[FIGURE_LABEL];
    figure_cell_label(pick->cell, &rows->keys, label, sizeof(label));
    row->x = (double)rows->data->n_rows;
    row->y = value->median;
    row->low = value->low;
    row->high = value->high;
    row->n = value->n;
    row->mark = (double)metric;
    size_t size = sizeof(row->text[0]);
    snprintf(row->text[LABEL], size, "%.79s", label);
    snprintf(row->text[METRIC], size, "%.79s",
             rows->table->metrics[metric].name);
    put_value(value, row->text[VALUE], size);
    figure_data_count(rows->data, row);
    return true;
}

/* Why the pick has no row, or NULL. */
static const char *add_pick(struct rows *rows, const struct figure_pick *pick)
{
    const struct figure_table *table = rows->table;
    struct figure_value values[FIGURE_METRICS];
    if (!figure_pick_ok(pick)) {
        return "not measured";
    }
    for (size_t m = 0; m < table->n_metrics; m++) {
        if (!figure_cell_value(pick->cell, &table->metrics[m], &values[m])) {
            return "no value";
        }
    }
    if (!rows->headed) {
        rows->headed = figure_data_heading(rows->data, rows->panel, table, pick,
                                           rows->facet) != NULL;
    }
    bool put = false;
    for (size_t m = 0; m < table->n_metrics && rows->headed; m++) {
        put |= put_metric(rows, pick, m, &values[m]);
    }
    rows->data->n_rows += put;
    rows->data->panels[rows->panel].metric = table->metrics[0].name;
    return NULL;
}

static void add_facet(struct rows *rows)
{
    rows->panel = figure_data_panel(rows->data, rows->table, rows->facet);
    choose_keys(rows);
    for (size_t i = 0; i < rows->picks->n; i++) {
        const struct figure_pick *pick = &rows->picks->all[i];
        const char *why = is_below(rows, pick) ? add_pick(rows, pick) : NULL;
        if (why) {
            figure_data_missing(rows->data, rows->panel, pick, why);
        }
    }
}

/* True if a pick before this one has the same facet. */
static bool is_known(const struct figure_picks *picks, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (!picks->all[i].dropped &&
            strcmp(picks->all[i].facet, picks->all[at].facet) == 0) {
            return true;
        }
    }
    return false;
}

void figure_rows_add(struct figure_data *data, const struct figure_table *table,
                     const struct figure_picks *picks)
{
    for (size_t i = 0; i < picks->n; i++) {
        if (!picks->all[i].dropped && !is_known(picks, i)) {
            struct rows rows = {.data = data,
                                .table = table,
                                .picks = picks,
                                .facet = picks->all[i].facet};
            add_facet(&rows);
        }
    }
}
