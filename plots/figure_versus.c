/* SPDX-License-Identifier: MIT */
/*
 * `kind: versus`: one row for each cell that has a partner, the cell which is
 * like it in the label's keys and meets `versus`. y is the median over the
 * pairs of their processes of the ratio of both, x the row's number, counted
 * on from table to table; a row with the heading goes before.
 *
 * The texts of a row are its columns: label, value, the partner's value, ratio
 * with its interval, and where the partner's latencies have a wide
 * distribution how far both distributions are apart, with the distance that
 * chance alone stays below.
 */
#include "plots/figure_data.h"

#include "plots/figure_cell.h"
#include "plots/format.h"
#include "plots/pairs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WITHIN      0.1 /* of 1 */
#define WIDE_SPREAD 2.0 /* p90 by p10 */
#define FAR         1e6

enum column { LABEL, OWN, OTHER, RATIO, DISTANCE };

struct versus {
    struct figure_data *data;
    const struct figure_table *table;
    const struct figure_picks *picks;
    size_t panel;
    bool headed;
    char last_name[FIGURE_LABEL]; /* of the row before, with `row_name` */
    double last_x;
};

static bool same_text(const struct figure_keys *keys, const json_t *a,
                      const json_t *b)
{
    char left[FIGURE_LABEL], right[FIGURE_LABEL];
    figure_cell_label(a, keys, left, sizeof(left));
    figure_cell_label(b, keys, right, sizeof(right));
    return strcmp(left, right) == 0;
}

static const struct figure_pick *partner_of(const struct versus *versus,
                                            const struct figure_pick *pick)
{
    for (size_t i = 0; i < versus->picks->n; i++) {
        const struct figure_pick *other = &versus->picks->all[i];
        if (!other->dropped &&
            figure_cell_fits(other->cell, &versus->table->versus) &&
            same_text(&versus->table->label, other->cell, pick->cell)) {
            return other;
        }
    }
    return NULL;
}

/* The cell of the same line that meets relative_to; NULL where there is none
 * to be found. */
static const json_t *base_of(const struct versus *versus,
                             const struct figure_pick *pick)
{
    for (size_t i = 0; i < versus->picks->n; i++) {
        const struct figure_pick *other = &versus->picks->all[i];
        if (!other->dropped && figure_pick_ok(other) &&
            strcmp(other->series, pick->series) == 0 &&
            figure_cell_fits(other->cell, &versus->table->relative_to)) {
            return other->cell;
        }
    }
    return NULL;
}

/* A value with its unit, from the name of the metric. */
static void format_value(const struct figure_metric *metric, bool relative,
                         double value, char *text, size_t size)
{
    size_t n = strlen(metric->name);
    bool rate = n > 6 && strcmp(metric->name + n - 6, "_per_s") == 0;
    if (relative) {
        format_digits(text, size, value);
    } else if (rate && metric->inverse) {
        format_seconds(text, size, value);
    } else if (n > 3 && strcmp(metric->name + n - 3, "_ns") == 0) {
        format_seconds(text, size, value * 1e-9);
    } else {
        char number[32];
        format_count(number, sizeof(number), value);
        snprintf(text, size, "%.30s%s", number, rate ? "/s" : "");
    }
}

static void put_median(const struct versus *versus,
                       const struct pairs_side *side, char *text, size_t size)
{
    const struct figure_metric *metric = &versus->table->metrics[0];
    struct figure_value value, base = {.median = 1};
    if (figure_cell_value(side->cell, metric, &value) &&
        (!side->base || figure_cell_value(side->base, metric, &base))) {
        format_value(metric, side->base, value.median / base.median, text,
                     size);
    }
}

static void put_ratio(const struct figure_value *value, char *text, size_t size)
{
    if (isnan(value->low)) {
        snprintf(text, size, "%.3f", value->median);
    } else {
        snprintf(text, size, "%.3f [%.3f - %.3f]", value->median, value->low,
                 value->high);
    }
}

static void put_distance(const struct pairs_side *own,
                         const struct pairs_side *other, char *text,
                         size_t size)
{
    struct pairs_distance found;
    if (!pairs_distance(own->cell, other->cell, &found) ||
        !(found.spread >= WIDE_SPREAD)) {
        return;
    }
    if (isnan(found.chance)) {
        snprintf(text, size, "%.2f", found.distance);
    } else {
        snprintf(text, size, "%.2f (%.2f)", found.distance, found.chance);
    }
}

static double verdict_of(const struct figure_value *value)
{
    if (value->low >= 1 - WITHIN && value->high <= 1 + WITHIN) {
        return FIGURE_WITHIN;
    }
    return value->high < 1 - WITHIN || value->low > 1 + WITHIN ? FIGURE_OUTSIDE
                                                               : FIGURE_OPEN;
}

static void name_row(const struct versus *versus,
                     const struct figure_pick *pick, char name[FIGURE_LABEL])
{
    const struct figure_table *table = versus->table;
    if (!*table->row_name ||
        !figure_cell_text(pick->cell, table->row_name, name, FIGURE_LABEL)) {
        figure_cell_short_label(pick->cell, &table->label, name, FIGURE_LABEL);
    }
}

static struct figure_row *new_row(const struct versus *versus,
                                  const struct figure_pick *pick)
{
    struct figure_row *row =
        figure_data_row(versus->data, versus->panel, versus->table, pick);
    if (row) {
        row->x = (double)versus->data->n_rows++;
    }
    return row;
}

static void put_heading(struct versus *versus, const struct figure_pick *pick)
{
    if (!versus->headed) {
        (void)figure_data_heading(versus->data, versus->panel, versus->table,
                                  pick, versus->table->heading);
    }
    versus->headed = true;
}

/* With `row_name`, what has the name of the row before stands on that row. */
static void join_row(struct versus *versus, struct figure_row *row,
                     const char *name)
{
    if (*versus->table->row_name && strcmp(versus->last_name, name) == 0) {
        row->x = versus->last_x;
        versus->data->n_rows--;
    }
    versus->last_x = row->x;
    snprintf(versus->last_name, sizeof(versus->last_name), "%s", name);
}

static void put_row(struct versus *versus, const struct figure_pick *pick,
                    const struct pairs_side *own,
                    const struct pairs_side *other,
                    const struct figure_value *value)
{
    char label[FIGURE_LABEL];
    put_heading(versus, pick);
    struct figure_row *row = new_row(versus, pick);
    if (!row) {
        return;
    }
    name_row(versus, pick, label);
    join_row(versus, row, label);
    size_t size = sizeof(row->text[0]);
    row->y = value->median;
    row->low = value->low;
    row->high = fmin(value->high, FAR); /* a bar must end somewhere */
    row->n = value->n;
    row->mark = verdict_of(value);
    snprintf(row->text[LABEL], size, "%.79s", label);
    put_median(versus, own, row->text[OWN], size);
    put_median(versus, other, row->text[OTHER], size);
    put_ratio(value, row->text[RATIO], size);
    put_distance(own, other, row->text[DISTANCE], size);
    versus->data->panels[versus->panel].metric = versus->table->metrics[0].name;
    figure_data_count(versus->data, row);
}

/* Why the pick has no row, or NULL. */
static const char *add_pick(struct versus *versus,
                            const struct figure_pick *pick)
{
    const struct figure_table *table = versus->table;
    const struct figure_pick *partner = partner_of(versus, pick);
    struct pairs_side own = {.cell = pick->cell}, other = {0};
    struct figure_value value;
    if (!partner) {
        versus->data->fitting--; /* nobody asked for a comparison */
        return NULL;
    }
    if (!figure_pick_ok(pick)) {
        return "not measured";
    }
    if (!figure_pick_ok(partner)) {
        return "its partner was not measured";
    }
    other.cell = partner->cell;
    if (table->relative_to.n > 0) {
        own.base = base_of(versus, pick);
        other.base = base_of(versus, partner);
        if (!own.base || !other.base) {
            return "nothing to relate it to";
        }
    }
    if (!pairs_ratio(&own, &other, &table->metrics[0], &value)) {
        return "no ratio in most pairs";
    }
    put_row(versus, pick, &own, &other, &value);
    return NULL;
}

/* True for the cells that get a row: no partners, no bases. */
static bool has_row(const struct figure_table *table,
                    const struct figure_pick *pick)
{
    return !pick->dropped && !figure_cell_fits(pick->cell, &table->versus) &&
           (table->relative_to.n == 0 ||
            !figure_cell_fits(pick->cell, &table->relative_to));
}

void figure_versus_add(struct figure_data *data,
                       const struct figure_table *table,
                       const struct figure_picks *picks)
{
    struct versus versus = {.data = data, .table = table, .picks = picks};
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (has_row(table, pick)) {
            versus.panel = figure_data_panel(data, table, pick->facet);
            const char *why = add_pick(&versus, pick);
            if (why) {
                figure_data_missing(data, versus.panel, pick, why);
            }
        }
    }
}

static void print_row(const struct figure_row *row, FILE *out)
{
    static const char *const words[] = {
        [FIGURE_WITHIN] = "within 10 %",
        [FIGURE_OPEN] = "open",
        [FIGURE_OUTSIDE] = "outside",
    };
    if (row->mark == FIGURE_HEADING) {
        fprintf(out, "  %s\n", row->text[LABEL]);
        return;
    }
    fprintf(out, "    %-26s %9s %9s  %-23s %-12s %s\n", row->text[LABEL],
            row->text[OWN], row->text[OTHER], row->text[RATIO],
            row->text[DISTANCE], words[(int)row->mark]);
}

void figure_versus_print(const struct figure_data *data, FILE *out)
{
    fprintf(out, "    %-26s %9s %9s  %-23s %s\n", "", "model", "real",
            "ratio [95 %]", "KS (chance)");
    for (size_t at = 0; at < data->n_rows; at++) {
        for (size_t i = 0; i < data->n_blocks; i++) {
            const struct figure_block *block = &data->blocks[i];
            for (size_t k = 0; k < block->n_rows; k++) {
                if (block->rows[k].x == (double)at) {
                    print_row(&block->rows[k], out);
                }
            }
        }
    }
    if (data->missing > 0) {
        fprintf(out, "    without %zu: %.86s\n", data->missing,
                figure_data_first_missing(data));
    }
}
