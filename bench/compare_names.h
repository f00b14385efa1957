/* SPDX-License-Identifier: MIT */
/* Cells in a table: what all of them have is said once, above it. */
#pragma once

#include "bench/compare_row.h"

/* The set of "KEY=VALUE" that the id of every cell has, but for tasks; empty
 * where there is one cell. The caller owns it. */
json_t *compare_names_shared(const json_t *document);

/* "placement=per_core, warmup_ms=10"; empty where nothing is shared. */
void compare_names_words(const json_t *shared, char *text, size_t size);

/* As compare_row_name(), without what is shared. */
void compare_names_row(const json_t *shared, const struct compare_row *row,
                       char *text, size_t size);
