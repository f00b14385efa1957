/* SPDX-License-Identifier: MIT */
/*
 * A cell of a result document, asked by key. A key is `workload`, `class`,
 * `model`, `lock`, `tasks`, `background_tasks`, `placement`, `status`, the
 * name of a parameter, or share(A,B) = 100 A / (A + B) of two numbers.
 *
 * Every type is checked and every text cleaned: a document is data.
 */
#pragma once

#include "plots/figure_spec.h"

#include <jansson.h>
#include <stdbool.h>

/* A summary's metric; NAN where the document has null. */
struct figure_value {
    double median;
    double low;
    double high;
    unsigned n;
};

/* The value of `key` as text; false when the cell has none. */
bool figure_cell_text(const json_t *cell, const char *key, char *text,
                      size_t size);

bool figure_cell_number(const json_t *cell, const char *key, double *ret);

bool figure_cell_fits(const json_t *cell,
                      const struct figure_conditions *conditions);
bool figure_cell_meets(const json_t *cell,
                       const struct figure_condition *condition);

/* `gil_threads:cpython3, release=no`: values of units, key=value of others. */
void figure_cell_label(const json_t *cell, const struct figure_keys *keys,
                       char *text, size_t size);

/* The same for who knows what is meant: `cpython3, 500 us, cpu_tasks=4`; a
 * time stands without its key. */
void figure_cell_short_label(const json_t *cell, const struct figure_keys *keys,
                             char *text, size_t size);

/* False when the cell has no median for it. */
bool figure_cell_metric(const json_t *cell, const char *name,
                        struct figure_value *ret);

/* The same, computed as the figure wants it. */
bool figure_cell_value(const json_t *cell, const struct figure_metric *metric,
                       struct figure_value *ret);

/* True when "better": "lower" stands at the metric. */
bool figure_cell_lower_is_better(const json_t *cell, const char *name);
