/* SPDX-License-Identifier: MIT */
/* What a document says of the claims, for people; at most 100 columns. */
#pragma once

#include "claims/claim.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* All claims with all parts, numbers, and the commands that measure again.
 * Counts the claims by verdict. */
void verdict_print(const json_t *document, FILE *out, bool colour,
                   size_t ret_counts[4]);

/* One sentence a claim, of the parts that were measured; nothing on claims of
 * which none was. */
void verdict_print_short(const json_t *document, FILE *out, bool colour);
