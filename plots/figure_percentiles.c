/* SPDX-License-Identifier: MIT */
/*
 * `kind: percentiles`: one line a cell, latency in seconds over
 * x = -log10(1 - p), so that each further nine has the same width. The line is
 * the histogram merged over the repetitions and stops where fewer than 10
 * samples are left; marks with intervals stand at the named percentiles.
 */
#include "plots/figure_data.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/repetition_json.h"
#include "plots/figure_cell.h"

#include <math.h>

#define SAMPLES_LEFT 10

static struct hist *merge(const json_t *cell)
{
    struct hist *hist = must_calloc(1, sizeof(*hist));
    size_t i;
    json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        (void)repetition_hist_from_json(
            json_object_get(repetition, "latency_ns"), hist);
    }
    return hist;
}

/* Where a drawing of the line is in the end: which panel, which line. */
struct line {
    struct figure_data *data;
    const struct figure_table *table;
    const struct figure_pick *pick;
    size_t panel;
};

static struct figure_row *add(const struct line *line, double p,
                              double latency_ns)
{
    struct figure_row *row =
        figure_data_row(line->data, line->panel, line->table, line->pick);
    if (row) {
        row->x = -log10(1 - p);
        row->y = latency_ns * 1e-9;
        line->data->panels[line->panel].metric = "latency_ns";
    }
    return row;
}

/* The upper edge of each bucket, as the document's percentiles have it; the
 * line ends where so few samples are left, be it within a bucket. */
static bool add_line(const struct line *line, const struct hist *hist)
{
    uint64_t below = 0;
    bool any = false;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        if (hist->buckets[i] == 0) {
            continue;
        }
        double edge = fmin((double)hist_lowest(i + 1) - 1, (double)hist->max);
        if (!any && !add(line, 0, (double)hist_lowest(i))) {
            return false;
        }
        any = true;
        bool last = hist->count - below < hist->buckets[i] + SAMPLES_LEFT;
        if (last && hist->count - below <= SAMPLES_LEFT) {
            break;
        }
        below = last ? hist->count - SAMPLES_LEFT : below + hist->buckets[i];
        add(line, (double)below / (double)hist->count, edge);
        if (last) {
            break;
        }
    }
    return any;
}

static bool add_marks(const struct line *line)
{
    static const struct {
        double p;
        const char *metric;
    } marks[] = {{0.5, "latency_p50_ns"},
                 {0.9, "latency_p90_ns"},
                 {0.99, "latency_p99_ns"},
                 {0.999, "latency_p999_ns"}};
    bool any = false;
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        struct figure_value value;
        struct figure_row *row = NULL;
        if (figure_cell_metric(line->pick->cell, marks[i].metric, &value)) {
            row = add(line, marks[i].p, value.median);
        }
        if (row) {
            row->mark = 1;
            row->low = value.low * 1e-9;
            row->high = value.high * 1e-9;
            row->n = value.n;
            figure_data_count(line->data, row);
            any = true;
        }
    }
    return any;
}

static void add_pick(const struct line *line)
{
    const struct figure_pick *pick = line->pick;
    if (!figure_pick_ok(pick)) {
        figure_data_missing(line->data, line->panel, pick, "not measured");
        return;
    }
    if (figure_data_note_zero(line->data, line->panel, line->table, pick)) {
        return;
    }
    _cleanup_(free_p) struct hist *hist = merge(pick->cell);
    bool any = add_line(line, hist);
    if (!add_marks(line) && !any) {
        figure_data_missing(line->data, line->panel, pick, "no latencies");
    }
}

void figure_percentiles_add(struct figure_data *data,
                            const struct figure_table *table,
                            const struct figure_picks *picks)
{
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (!pick->dropped) {
            struct line line = {.data = data, .table = table, .pick = pick};
            line.panel = figure_data_panel(data, table, pick->facet);
            add_pick(&line);
        }
    }
}
