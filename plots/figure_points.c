/* SPDX-License-Identifier: MIT */
/* `kind: points`: one point a cell, y over x, absolute or relative. */
#include "plots/figure_data.h"

#include "plots/figure_cell.h"

#include <string.h>

/* The first metric that the most cells have, so that a line never changes its
 * meaning half way. */
static const struct figure_metric *choose(const struct figure_table *table,
                                          const struct figure_picks *picks)
{
    const struct figure_metric *best = &table->metrics[0];
    size_t most = 0;
    for (size_t m = 0; m < table->n_metrics; m++) {
        size_t n = 0;
        for (size_t i = 0; i < picks->n; i++) {
            const struct figure_pick *pick = &picks->all[i];
            struct figure_value value;
            n += !pick->dropped && figure_pick_ok(pick) &&
                 figure_cell_value(pick->cell, &table->metrics[m], &value);
        }
        if (n > most) {
            most = n;
            best = &table->metrics[m];
        }
    }
    return best;
}

/* The value of the cell of the same line that others are relative to. */
static bool find_base(const struct figure_table *table,
                      const struct figure_picks *picks,
                      const struct figure_pick *pick,
                      const struct figure_metric *metric,
                      struct figure_value *ret)
{
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *other = &picks->all[i];
        if (other->group == pick->group && !other->dropped &&
            strcmp(other->series, pick->series) == 0 &&
            strcmp(other->facet, pick->facet) == 0 && figure_pick_ok(other) &&
            figure_cell_fits(other->cell, &table->relative_to) &&
            figure_cell_value(other->cell, metric, ret) && ret->median > 0) {
            return true;
        }
    }
    return false;
}

/* The ends of the ratio's interval are the ends divided crosswise: at least
 * as wide as it need be. A cell divided by itself has its own interval. */
static void divide(struct figure_value *value, const struct figure_value *base,
                   bool itself)
{
    value->low /= itself ? base->median : base->high;
    value->high /= itself ? base->median : base->low;
    value->median /= base->median;
}

static const char *value_of(const struct figure_table *table,
                            const struct figure_picks *picks,
                            const struct figure_pick *pick,
                            const struct figure_metric *metric,
                            struct figure_value *ret)
{
    if (!figure_pick_ok(pick)) {
        return "not measured";
    }
    if (!figure_cell_value(pick->cell, metric, ret)) {
        return "no value";
    }
    if (table->relative_to.n > 0) {
        struct figure_value base;
        if (!find_base(table, picks, pick, metric, &base)) {
            return "nothing to relate it to";
        }
        divide(ret, &base, figure_cell_fits(pick->cell, &table->relative_to));
    }
    return NULL;
}

void figure_points_add(struct figure_data *data,
                       const struct figure_table *table,
                       const struct figure_picks *picks)
{
    const struct figure_metric *metric = choose(table, picks);
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (pick->dropped) {
            continue;
        }
        size_t panel = figure_data_panel(data, table, pick->facet);
        if (figure_data_note_zero(data, panel, table, pick)) {
            continue;
        }
        struct figure_value value;
        const char *why = value_of(table, picks, pick, metric, &value);
        if (why) {
            figure_data_missing(data, panel, pick, why);
            continue;
        }
        struct figure_row *row = figure_data_row(data, panel, table, pick);
        if (row) {
            row->x = pick->x;
            row->y = value.median;
            row->low = value.low;
            row->high = value.high;
            row->n = value.n;
            data->panels[panel].metric = metric->name;
            figure_data_count(data, row);
        }
    }
}
