/* SPDX-License-Identifier: MIT */
/* What a run has shown of the strategies of shared objects, as text. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/*
 * A row a strategy: time per step of one task, that by plain operations under
 * the GIL, and the throughput of several tasks by that of one, at each level
 * of sharing; ratios over pairs of processes, with their 95 % intervals. Then
 * what that says of locks, counts and a counter that all write, in sentences.
 * Prints nothing for a document without such cells.
 */
void sharing_table_print(const json_t *document, FILE *out);
