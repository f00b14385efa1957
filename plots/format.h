/* SPDX-License-Identifier: MIT */
/* Numbers and names as people read them. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/*
 * A copy of `text` that is safe to hand to gnuplot, SVG and a terminal: plain
 * letters, digits and harmless signs; quotes become ', everything else '?'.
 */
void format_clean(char *out, size_t size, const char *text);

/* Three digits and a prefix: "12.3 M", "987", "0.0123". */
void format_count(char *out, size_t size, double value);

/* "205 - 212 M": both ends in the unit of the upper one. */
void format_interval(char *out, size_t size, double low, double high);

/* Three digits and a unit: "5.21 ms", "870 ns", "2 s". */
void format_seconds(char *out, size_t size, double seconds);

/* Three digits: "1.97", "0.998", "12.3", "4120". */
void format_digits(char *out, size_t size, double value);

/* The length of the first line of `text` when lines are at most `width` long;
 * it breaks at a space where there is one. */
size_t format_fold(const char *text, size_t width);

/* Prints `text` folded to `width`; its further lines are indented by two. */
void format_print_folded(const char *text, size_t width, FILE *out);
