/* SPDX-License-Identifier: MIT */
/* Small files of /proc and /sys: one read, no allocation. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Reads the first size - 1 bytes at most, ends them with NUL and cuts the
 * newline at the end. Returns the length, or a negative errno with an empty
 * text. */
int text_file_read(const char *path, char *text, size_t size);

/* The whole number that the file begins with, or a negative errno. */
int text_file_number(const char *path, int64_t *ret);

/* The number after the first whole-word `key` in text such as
 * "nr_throttled 3\nthrottled_usec 41"; -1 when the key is not there. */
int64_t text_field(const char *text, const char *key);
