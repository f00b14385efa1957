/* SPDX-License-Identifier: MIT */
/* The numbers behind a figure as a table of texts. */
#pragma once

#include "plots/figure_data.h"

#include <stddef.h>

enum {
    FIGURE_COLUMN_PANEL,
    FIGURE_COLUMN_LINE,
    FIGURE_COLUMN_X,
    FIGURE_COLUMN_VALUE,
    FIGURE_COLUMN_LOW,
    FIGURE_COLUMN_HIGH,
    FIGURE_COLUMN_N,
    FIGURE_COLUMN_WORDS,
    FIGURE_COLUMNS,
};

/* `text` is for people, `raw` a number with 9 digits or the same text. */
struct figure_cell_texts {
    char *text;
    char *raw;
};

/* Row 0 are the headings. Cells are never NULL. */
struct figure_grid {
    size_t n_rows;
    bool used[FIGURE_COLUMNS]; /* false: empty in all rows */
    struct figure_cell_texts (*rows)[FIGURE_COLUMNS];
};

/* Of percentiles only the named ones. Free in the end. */
void figure_grid_make(const struct figure_data *data, struct figure_grid *ret);
void figure_grid_free(struct figure_grid *grid);
