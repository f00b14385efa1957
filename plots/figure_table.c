/* SPDX-License-Identifier: MIT */
#include "plots/figure_table.h"

#include "harness/base/must.h"
#include "plots/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void put(struct figure_grid *grid, size_t row, size_t column,
                const char *text, const char *raw)
{
    struct figure_cell_texts *cell = &grid->rows[row][column];
    cell->text = strdup(text);
    cell->raw = strdup(raw ? raw : text);
    must(cell->text != NULL && cell->raw != NULL);
    grid->used[column] |= row > 0 && *text;
}

static void put_number(struct figure_grid *grid, size_t row, size_t column,
                       double value, bool seconds)
{
    char text[64] = "", raw[64] = "";
    if (isfinite(value)) {
        snprintf(raw, sizeof(raw), "%.9g", value);
        if (seconds) {
            format_seconds(text, sizeof(text), value);
        } else {
            format_count(text, sizeof(text), value);
        }
    }
    put(grid, row, column, text, raw);
}

/* The metric is a time in seconds. */
static bool is_time(const struct figure_panel *panel)
{
    return strncmp(panel->metric, "latency", 7) == 0;
}

static void put_x(struct figure_grid *grid, size_t at,
                  const struct figure_panel *panel,
                  const struct figure_row *row)
{
    char text[64] = "";
    if (panel->table->kind == FIGURE_PERCENTILES) {
        snprintf(text, sizeof(text), "p%.6g", 100 * (1 - pow(10, -row->x)));
    } else if (panel->table->kind == FIGURE_WINNER) {
        snprintf(text, sizeof(text), "%.30s, %.30s", row->text[3],
                 row->text[4]);
    } else if (isfinite(row->x)) {
        snprintf(text, sizeof(text), "%.6g", row->x);
    }
    put(grid, at, FIGURE_COLUMN_X, text, NULL);
}

static void put_words(struct figure_grid *grid, size_t at,
                      enum figure_kind kind, const struct figure_row *row)
{
    char words[sizeof(row->text) + 16] = "";
    size_t n = kind == FIGURE_WINNER ? 3
               : kind == FIGURE_ROWS ? 2 /* the value has columns */
                                     : FIGURE_TEXTS;
    size_t used = 0;
    bool any = kind != FIGURE_POINTS && kind != FIGURE_PERCENTILES;
    for (size_t i = 0; any && i < n; i++) {
        if (*row->text[i]) {
            used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s",
                                     used ? "; " : "", row->text[i]);
        }
    }
    put(grid, at, FIGURE_COLUMN_WORDS, words, NULL);
}

static void put_row(struct figure_grid *grid, size_t at,
                    const struct figure_data *data,
                    const struct figure_block *block,
                    const struct figure_row *row)
{
    const struct figure_panel *panel = &data->panels[block->panel];
    bool seconds = is_time(panel);
    char n[16] = "";
    if (row->n > 0) {
        snprintf(n, sizeof(n), "%u", row->n);
    }
    put(grid, at, FIGURE_COLUMN_PANEL, panel->label, NULL);
    put(grid, at, FIGURE_COLUMN_LINE, data->legends[block->legend].label, NULL);
    put_x(grid, at, panel, row);
    bool none = panel->table->kind == FIGURE_WINNER;
    put_number(grid, at, FIGURE_COLUMN_VALUE, none ? NAN : row->y, seconds);
    put_number(grid, at, FIGURE_COLUMN_LOW, none ? NAN : row->low, seconds);
    put_number(grid, at, FIGURE_COLUMN_HIGH, none ? NAN : row->high, seconds);
    put(grid, at, FIGURE_COLUMN_N, n, NULL);
    put_words(grid, at, panel->table->kind, row);
}

static bool is_listed(const struct figure_data *data,
                      const struct figure_block *block,
                      const struct figure_row *row)
{
    const struct figure_table *table = data->panels[block->panel].table;
    switch (table->kind) {
    case FIGURE_PERCENTILES:
        return row->mark == 1;
    case FIGURE_ROWS:
        return row->mark != FIGURE_HEADING;
    case FIGURE_RUNS:
        return !table->by_order;
    default:
        return true;
    }
}

/* The axes of the first panel name the columns. */
static void put_headings(struct figure_grid *grid,
                         const struct figure_data *data)
{
    const struct figure_panel *panel =
        data->n_panels > 0 ? &data->panels[0] : NULL;
    const struct figure_table *table = panel ? panel->table : NULL;
    char x[2 * FIGURE_WORD + 4] = "x";
    const char *value = "value";
    if (table && table->kind == FIGURE_PERCENTILES) {
        snprintf(x, sizeof(x), "percentile");
        value = "latency";
    } else if (table && table->kind == FIGURE_WINNER) {
        snprintf(x, sizeof(x), "%s, %s", table->x, table->row);
    } else if (table && *table->x) {
        snprintf(x, sizeof(x), "%s", table->x);
    }
    static const char *const others[FIGURE_COLUMNS] = {
        [FIGURE_COLUMN_PANEL] = "panel", [FIGURE_COLUMN_LINE] = "line",
        [FIGURE_COLUMN_LOW] = "low",     [FIGURE_COLUMN_HIGH] = "high",
        [FIGURE_COLUMN_N] = "n",         [FIGURE_COLUMN_WORDS] = "what"};
    for (size_t i = 0; i < FIGURE_COLUMNS; i++) {
        put(grid, 0, i,
            i == FIGURE_COLUMN_X       ? x
            : i == FIGURE_COLUMN_VALUE ? value
                                       : others[i],
            NULL);
    }
}

void figure_grid_make(const struct figure_data *data, struct figure_grid *ret)
{
    size_t capacity = 1;
    for (size_t i = 0; i < data->n_blocks; i++) {
        capacity += data->blocks[i].n_rows;
    }
    *ret = (struct figure_grid){.n_rows = 1};
    ret->rows = must_calloc(capacity, sizeof(*ret->rows));
    put_headings(ret, data);
    for (size_t i = 0; i < data->n_blocks; i++) {
        const struct figure_block *block = &data->blocks[i];
        for (size_t k = 0; k < block->n_rows; k++) {
            if (is_listed(data, block, &block->rows[k])) {
                put_row(ret, ret->n_rows++, data, block, &block->rows[k]);
            }
        }
    }
}

void figure_grid_free(struct figure_grid *grid)
{
    for (size_t i = 0; i < grid->n_rows; i++) {
        for (size_t k = 0; k < FIGURE_COLUMNS; k++) {
            free(grid->rows[i][k].text);
            free(grid->rows[i][k].raw);
        }
    }
    free(grid->rows);
    *grid = (struct figure_grid){0};
}
