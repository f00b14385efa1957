/* SPDX-License-Identifier: MIT */
#include "plots/figure_data.h"

#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/format.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more: the capacity is the power of two at or above `n`. */
static void *grow(void *items, size_t n, size_t size)
{
    if ((n & (n - 1)) != 0) {
        return items;
    }
    items = realloc(items, (n ? 2 * n : 1) * size);
    must(items != NULL);
    return items;
}

size_t figure_data_panel(struct figure_data *data,
                         const struct figure_table *table, const char *label)
{
    for (size_t i = 0; i < data->n_panels; i++) {
        if (data->panels[i].table == table &&
            strcmp(data->panels[i].label, label) == 0) {
            return i;
        }
    }
    data->panels = grow(data->panels, data->n_panels, sizeof(*data->panels));
    struct figure_panel *panel = &data->panels[data->n_panels];
    *panel = (struct figure_panel){.table = table, .metric = ""};
    snprintf(panel->label, sizeof(panel->label), "%s", label);
    return data->n_panels++;
}

/* The legend's entry of that label; FIGURE_LEGENDS when there is no room. */
static size_t find_legend(struct figure_data *data,
                          const struct figure_table *table,
                          const struct figure_pick *pick)
{
    for (size_t i = 0; i < data->n_legends; i++) {
        if (strcmp(data->legends[i].label, pick->series) == 0) {
            return i;
        }
    }
    if (data->n_legends == FIGURE_LEGENDS) {
        return FIGURE_LEGENDS;
    }
    struct figure_legend *legend = &data->legends[data->n_legends];
    snprintf(legend->label, sizeof(legend->label), "%s", pick->series);
    for (size_t i = 0; i < table->series.n; i++) {
        if (strcmp(table->series.all[i], "model") == 0) {
            (void)figure_cell_text(pick->cell, "model", legend->model,
                                   sizeof(legend->model));
        }
    }
    return data->n_legends++;
}

static struct figure_block *find_block(struct figure_data *data, size_t panel,
                                       size_t legend)
{
    for (size_t i = 0; i < data->n_blocks; i++) {
        struct figure_block *block = &data->blocks[i];
        if (block->panel == panel && block->legend == legend) {
            return block;
        }
    }
    data->blocks = grow(data->blocks, data->n_blocks, sizeof(*data->blocks));
    struct figure_block *block = &data->blocks[data->n_blocks++];
    *block = (struct figure_block){.panel = panel, .legend = legend};
    return block;
}

struct figure_row *figure_data_row(struct figure_data *data, size_t panel,
                                   const struct figure_table *table,
                                   const struct figure_pick *pick)
{
    size_t legend = find_legend(data, table, pick);
    if (legend == FIGURE_LEGENDS) {
        figure_data_missing(data, panel, pick, "too many lines for one figure");
        return NULL;
    }
    struct figure_block *block = find_block(data, panel, legend);
    block->rows = grow(block->rows, block->n_rows, sizeof(*block->rows));
    struct figure_row *row = &block->rows[block->n_rows++];
    *row = (struct figure_row){
        .x = NAN, .y = NAN, .low = NAN, .high = NAN, .place = NAN};
    return row;
}

struct figure_row *figure_data_heading(struct figure_data *data, size_t panel,
                                       const struct figure_table *table,
                                       const struct figure_pick *pick,
                                       const char *text)
{
    struct figure_row *row = figure_data_row(data, panel, table, pick);
    if (row) {
        row->x = (double)data->n_rows++;
        row->mark = FIGURE_HEADING;
        snprintf(row->text[0], sizeof(row->text[0]), "%.79s", text);
    }
    return row;
}

void figure_data_note(struct figure_data *data, size_t panel, const char *text)
{
    for (size_t i = 0; i < data->n_notes; i++) {
        if (data->notes[i].panel == panel &&
            strcmp(data->notes[i].text, text) == 0) {
            return;
        }
    }
    data->notes = grow(data->notes, data->n_notes, sizeof(*data->notes));
    struct figure_note *note = &data->notes[data->n_notes++];
    note->panel = panel;
    snprintf(note->text, sizeof(note->text), "%s", text);
}

bool figure_data_note_zero(struct figure_data *data, size_t panel,
                           const struct figure_table *table,
                           const struct figure_pick *pick)
{
    struct figure_value steps;
    char text[2 * FIGURE_LABEL], at[64] = "";
    if (!figure_pick_ok(pick) ||
        !figure_cell_metric(pick->cell, "steps_per_s", &steps) ||
        steps.median != 0) {
        return false;
    }
    if (!isnan(pick->x)) {
        snprintf(at, sizeof(at), ", %.40s=%.6g", table->x, pick->x);
    }
    snprintf(text, sizeof(text), "%s%s: %s", pick->series, at,
             *table->zero ? table->zero : "no step was made");
    figure_data_note(data, panel, text);
    return true;
}

bool figure_pick_ok(const struct figure_pick *pick)
{
    char status[FIGURE_WORD];
    return figure_cell_text(pick->cell, "status", status, sizeof(status)) &&
           strcmp(status, "ok") == 0;
}

void figure_data_missing(struct figure_data *data, size_t panel,
                         const struct figure_pick *pick, const char *reason)
{
    char *why = data->panels[panel].why;
    data->missing++;
    if (*why) {
        return;
    }
    char id[FIGURE_LABEL], status[FIGURE_WORD] = "", own[FIGURE_LABEL];
    const char *text = json_string_value(json_object_get(pick->cell, "id"));
    format_clean(id, sizeof(id), text ? text : "a cell");
    text = json_string_value(json_object_get(pick->cell, "reason"));
    format_clean(own, sizeof(own), text ? text : "");
    if (!figure_pick_ok(pick)) {
        (void)figure_cell_text(pick->cell, "status", status, sizeof(status));
        reason = *own ? own : "no reason given";
    }
    snprintf(why, sizeof(data->panels[panel].why), "%s: %s%s%.90s", id, status,
             *status ? ": " : "", reason);
}

const char *figure_data_first_missing(const struct figure_data *data)
{
    for (size_t i = 0; i < data->n_panels; i++) {
        if (*data->panels[i].why) {
            return data->panels[i].why;
        }
    }
    return "";
}

void figure_data_count(struct figure_data *data, const struct figure_row *row)
{
    if (row->n > 0) {
        data->n_max = row->n > data->n_max ? row->n : data->n_max;
        data->n_min =
            data->n_min == 0 || row->n < data->n_min ? row->n : data->n_min;
    }
    data->intervals |= !isnan(row->low) && !isnan(row->high);
}

static void add_table(struct figure_data *data,
                      const struct figure_table *table, const json_t *cells,
                      unsigned height)
{
    struct figure_picks picks;
    figure_picks_make(table, cells, &picks);
    for (size_t i = 0; i < picks.n; i++) {
        data->fitting += !picks.all[i].dropped;
    }
    data->ratios |= table->relative_to.n > 0 && table->kind == FIGURE_POINTS;
    switch (table->kind) {
    case FIGURE_POINTS:
        figure_points_add(data, table, &picks);
        break;
    case FIGURE_PERCENTILES:
        figure_percentiles_add(data, table, &picks);
        break;
    case FIGURE_WINNER:
        figure_winner_add(data, table, &picks);
        break;
    case FIGURE_VERSUS:
        figure_versus_add(data, table, &picks);
        break;
    case FIGURE_GOAL:
        figure_goal_add(data, table, &picks);
        break;
    case FIGURE_ROWS:
        figure_rows_add(data, table, &picks);
        break;
    case FIGURE_RUNS:
        figure_runs_add(data, table, &picks);
        break;
    case FIGURE_FRONT:
        figure_front_add(data, table, &picks, cells, height);
        break;
    }
    figure_picks_free(&picks);
}

static const char *const models[] = {"gil_threads", "coop_tasks",
                                     "free_threads", "gil_per_interpreter",
                                     "processes"};
#define N_MODELS (sizeof(models) / sizeof(*models))

/* In which order models stand; all others after them. */
static unsigned model_rank(const char *model)
{
    unsigned i = 0;
    while (i < N_MODELS && strcmp(model, models[i]) != 0) {
        i++;
    }
    return i;
}

/*
 * A model has its colour in every figure, whatever else is in it; its further
 * lines differ by dash and marker. Lines of no model take what comes next.
 */
static void style(struct figure_data *data)
{
    static const unsigned points[][4] = {{5, 4, 13, 2},
                                         {7, 6, 12, 1},
                                         {9, 8, 11, 3},
                                         {13, 12, 5, 10},
                                         {15, 14, 3, 1}};
    static const unsigned dashes[] = {1, 2, 4, 5, 3};
    unsigned next = N_MODELS + 1;
    for (size_t i = 0; i < data->n_legends; i++) {
        struct figure_legend *legend = &data->legends[i];
        unsigned same = 0;
        for (size_t j = 0; *legend->model && j < i; j++) {
            if (strcmp(data->legends[j].model, legend->model) == 0) {
                legend->colour = data->legends[j].colour;
                same++;
            }
        }
        if (!legend->colour && model_rank(legend->model) < N_MODELS) {
            legend->colour = model_rank(legend->model) + 1;
        }
        if (!legend->colour) {
            legend->colour = *legend->model ? next++ : (unsigned)i + 1;
        }
        legend->dash = dashes[i % 5];
        legend->point = points[(legend->colour - 1) % 5][same % 4];
    }
}

/* Lines that name a model first, by model and then as the cells stand; then
 * those that do not, by their numbers: cpu_tasks=0, 1, 2, 4. */
static bool legend_is_before(const struct figure_data *data, size_t a, size_t b)
{
    const struct figure_legend *left = &data->legends[a];
    const struct figure_legend *right = &data->legends[b];
    if (*left->model || *right->model) {
        unsigned x = model_rank(left->model), y = model_rank(right->model);
        if (!*left->model || !*right->model) {
            return *left->model != '\0';
        }
        return x < y || (x == y && a < b);
    }
    return strverscmp(left->label, right->label) < 0;
}

static void sort_legends(struct figure_data *data)
{
    size_t rank[FIGURE_LEGENDS] = {0};
    struct figure_legend sorted[FIGURE_LEGENDS];
    for (size_t i = 0; i < data->n_legends; i++) {
        for (size_t j = 0; j < data->n_legends; j++) {
            rank[i] += j != i && legend_is_before(data, j, i);
        }
        sorted[rank[i]] = data->legends[i];
    }
    memcpy(data->legends, sorted, data->n_legends * sizeof(*sorted));
    for (size_t i = 0; i < data->n_blocks; i++) {
        data->blocks[i].legend = rank[data->blocks[i].legend];
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct figure_row *left = a, *right = b;
    return (left->x > right->x) - (left->x < right->x);
}

static int compare_blocks(const void *a, const void *b)
{
    const struct figure_block *left = a, *right = b;
    if (left->panel != right->panel) {
        return left->panel < right->panel ? -1 : 1;
    }
    return (left->legend > right->legend) - (left->legend < right->legend);
}

/* Blocks by panel, as style.gp wants them, and points from left to right. */
static void sort_blocks(struct figure_data *data)
{
    if (data->n_blocks > 0) {
        qsort(data->blocks, data->n_blocks, sizeof(*data->blocks),
              compare_blocks);
    }
    for (size_t i = 0; i < data->n_blocks; i++) {
        struct figure_block *block = &data->blocks[i];
        if (data->panels[block->panel].table->kind == FIGURE_POINTS) {
            qsort(block->rows, block->n_rows, sizeof(*block->rows),
                  compare_rows);
        }
    }
}

/* A panel with nothing in it says why. */
static void explain_empty_panels(struct figure_data *data)
{
    for (size_t i = 0; i < data->n_panels; i++) {
        const struct figure_panel *panel = &data->panels[i];
        if (!*panel->metric && *panel->why) {
            figure_data_note(data, i, panel->why);
        }
    }
}

/* What the tables ask for, in words: "workload=cpu_loop". */
static void describe_needs(const struct figure_spec *spec, char *text,
                           size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < spec->n_tables && used < size; i++) {
        const struct figure_conditions *select = &spec->tables[i].select;
        for (size_t j = 0; j < select->n && used < size; j++) {
            const struct figure_condition *condition = &select->all[j];
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s%s=%s",
                                 j   ? " "
                                 : i ? " or "
                                     : "",
                                 condition->key, condition->negated ? "!" : "",
                                 condition->globs);
        }
    }
}

int figure_data_make(const struct figure_spec *spec, const json_t *document,
                     struct figure_data *ret, struct diag *diag)
{
    memset(ret, 0, sizeof(*ret));
    const json_t *cells = json_object_get(document, "cells");
    for (size_t i = 0; i < spec->n_tables; i++) {
        add_table(ret, &spec->tables[i], cells, spec->height);
    }
    sort_legends(ret);
    style(ret);
    sort_blocks(ret);
    explain_empty_panels(ret);
    if (ret->n_blocks > 0) {
        return 0;
    }
    if (ret->missing > 0) {
        return diag_set(diag, -ENODATA,
                        "none of the %zu cells it needs can be drawn; %s",
                        ret->fitting, figure_data_first_missing(ret));
    }
    char needs[512];
    describe_needs(spec, needs, sizeof(needs));
    return diag_set(diag, -ENODATA, "the result has no cell with %s", needs);
}

void figure_data_free(struct figure_data *data)
{
    for (size_t i = 0; i < data->n_blocks; i++) {
        free(data->blocks[i].rows);
    }
    free(data->blocks);
    free(data->panels);
    free(data->notes);
    memset(data, 0, sizeof(*data));
}
