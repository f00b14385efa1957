/* SPDX-License-Identifier: MIT */
/*
 * `kind: front`: one point a cell, y over the metric x. More of x and less of
 * y is better; the points that no other one beats in both are the Pareto
 * front. y is the first of the table's metrics that the cell has: where that
 * is not the first of all (p90 for want of a p99), it is a lower bound, and
 * such a point is neither on the front nor beats another.
 *
 * Names stand in a column at the right, as high as their points as far as they
 * do not overlap (`place`).
 */
#include "plots/figure_data.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_PIXELS 13.0 /* from name to name */

enum mark { BEATEN, ON_FRONT, BOUND };

struct point {
    size_t panel;
    const struct figure_pick *pick;
    struct figure_value x;
    struct figure_value y;
    double place; /* log10 */
    enum mark mark;
    size_t metric; /* which of y's */
};

/* The cell of the whole document that is like this one in the line's keys and
 * meets relative_to. */
static bool find_base(const struct figure_table *table, const json_t *cells,
                      const struct figure_pick *pick, double *ret)
{
    char own[FIGURE_LABEL], other[FIGURE_LABEL];
    size_t i;
    const json_t *cell;
    figure_cell_label(pick->cell, &table->series, own, sizeof(own));
    json_array_foreach(cells, i, cell)
    {
        struct figure_value value;
        const struct figure_pick base = {.cell = cell};
        figure_cell_label(cell, &table->series, other, sizeof(other));
        if (strcmp(own, other) == 0 && figure_pick_ok(&base) &&
            figure_cell_fits(cell, &table->relative_to) &&
            figure_cell_metric(cell, table->base, &value) && value.median > 0) {
            *ret = value.median;
            return true;
        }
    }
    return false;
}

/* Why the pick has no point, or NULL. */
static const char *measure(const struct figure_table *table,
                           const json_t *cells, struct point *point)
{
    double base = 1;
    if (!figure_pick_ok(point->pick)) {
        return "not measured";
    }
    if (!figure_cell_value(point->pick->cell, &table->x_metric, &point->x)) {
        return "no value";
    }
    if (table->relative_to.n > 0 &&
        !find_base(table, cells, point->pick, &base)) {
        return "nothing to relate it to";
    }
    point->x.median /= base;
    point->x.low /= base;
    point->x.high /= base;
    for (size_t m = 0; m < table->n_metrics; m++) {
        if (figure_cell_value(point->pick->cell, &table->metrics[m],
                              &point->y) &&
            point->y.median > 0) {
            point->metric = m;
            point->place = log10(point->y.median);
            return NULL;
        }
    }
    return "too few latencies";
}

static bool beats(const struct point *a, const struct point *b)
{
    return a->metric == 0 && a->panel == b->panel &&
           a->x.median >= b->x.median && a->y.median <= b->y.median &&
           (a->x.median > b->x.median || a->y.median < b->y.median);
}

static void mark_front(struct point *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        points[i].mark = points[i].metric > 0 ? BOUND : ON_FRONT;
        for (size_t j = 0; j < n && points[i].mark == ON_FRONT; j++) {
            if (beats(&points[j], &points[i])) {
                points[i].mark = BEATEN;
            }
        }
    }
}

static int compare_places(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    if (left->panel != right->panel) {
        return left->panel < right->panel ? -1 : 1;
    }
    return (left->place > right->place) - (left->place < right->place);
}

/* Moves the names of one panel apart, each as little as one pass up and one
 * down take. */
static void spread(struct point *points, size_t n, double apart)
{
    double middle = 0, moved = 0;
    for (size_t i = 0; i < n; i++) {
        middle += points[i].place / (double)n;
    }
    for (size_t i = 1; i < n; i++) {
        points[i].place = fmax(points[i].place, points[i - 1].place + apart);
    }
    for (size_t i = 0; i < n; i++) {
        moved += points[i].place / (double)n;
    }
    double top = points[n - 1].place - (moved - middle);
    for (size_t i = n; i-- > 0;) {
        points[i].place = fmin(points[i].place, top);
        top = points[i].place - apart;
    }
}

static void place_names(struct point *points, size_t n, unsigned height)
{
    qsort(points, n, sizeof(*points), compare_places);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first; end < n && points[end].panel == points[first].panel;
             end++) {
        }
        double range = points[end - 1].place - points[first].place;
        double pixels = NAME_PIXELS / height;
        spread(points + first, end - first, fmax(range, 0.5) * pixels * 1.2);
    }
}

static void add_point(struct figure_data *data,
                      const struct figure_table *table,
                      const struct point *point)
{
    struct figure_row *row =
        figure_data_row(data, point->panel, table, point->pick);
    if (!row) {
        return;
    }
    char name[FIGURE_LABEL];
    figure_cell_short_label(point->pick->cell, &table->label, name,
                            sizeof(name));
    snprintf(row->text[0], sizeof(row->text[0]), "%.79s", name);
    row->x = point->x.median;
    row->y = point->y.median;
    row->low = point->y.low;
    row->high = point->y.high;
    row->n = point->y.n;
    row->mark = point->mark;
    row->place = pow(10, point->place);
    data->panels[point->panel].metric = table->metrics[0].name;
    figure_data_count(data, row);
}

void figure_front_add(struct figure_data *data,
                      const struct figure_table *table,
                      const struct figure_picks *picks, const json_t *cells,
                      unsigned height)
{
    size_t n = 0;
    _cleanup_(free_p) struct point *points =
        must_calloc(picks->n + 1, sizeof(*points));
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        struct point *point = &points[n];
        if (pick->dropped) {
            continue;
        }
        *point = (struct point){.pick = pick};
        point->panel = figure_data_panel(data, table, pick->facet);
        if (figure_data_note_zero(data, point->panel, table, pick)) {
            continue;
        }
        const char *why = measure(table, cells, point);
        if (why) {
            figure_data_missing(data, point->panel, pick, why);
        } else {
            n++;
        }
    }
    mark_front(points, n);
    place_names(points, n, height);
    for (size_t i = 0; i < n; i++) {
        add_point(data, table, &points[i]);
    }
}
