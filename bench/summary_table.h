/* SPDX-License-Identifier: MIT */
/* What a run has shown, as text: a table by workload, and what it says of the
 * claims. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* At most 100 columns. `document` keeps to the schema; `colour`: the stream is
 * a terminal that may have colours. */
void summary_table_print(const json_t *document, FILE *out, bool colour);

/* One sentence on the task that kept an event loop longest, if any kept it for
 * long. */
void summary_hold_print(const json_t *document, FILE *out);

/* One sentence on what the hook of cpu_lua costs, if cells with and without it
 * were measured. */
void summary_hook_print(const json_t *document, FILE *out);
