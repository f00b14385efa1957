/* SPDX-License-Identifier: MIT */
/* "Did you mean ...?" */
#pragma once

#include <stddef.h>

/* The name closest to `word` by edit distance, or NULL when none is close.
 * `names` has `n` entries. */
const char *suggest(const char *word, const char *const *names, size_t n);
