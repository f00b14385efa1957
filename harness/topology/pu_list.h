/* SPDX-License-Identifier: MIT */
/*
 * Lists of PUs as text. One grammar for reading and writing, so that what is
 * printed can be typed again: `+` separates, `a-b` is a range: "0+2-3".
 */
#pragma once

#include <stddef.h>

#define PU_LIST_MAX 65536 /* numbers from here on are no PU of any machine */

/* Reads a list in the order it is written. Returns 0 and an array that the
 * caller frees, or -EINVAL with *ret_at at the place that is malformed. */
int pu_list_parse(const char *text, int **ret, size_t *ret_n,
                  const char **ret_at);

/* The list as text, neighbours joined to ranges; "" when empty. The caller
 * frees. */
char *pu_list_format(const int *pus, size_t n);
