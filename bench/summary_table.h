/* SPDX-License-Identifier: MIT */
/* What a run has shown, as text: a table by workload, and a few sentences. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* At most 100 columns. `document` keeps to the schema; `colour`: the stream is
 * a terminal that may have colours. */
void summary_table_print(const json_t *document, FILE *out, bool colour);

/* The sentences alone: up to six, each from the numbers of the document. */
void summary_sentences_print(const json_t *document, FILE *out);
