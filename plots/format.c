/* SPDX-License-Identifier: MIT */
#include "plots/format.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static char clean_char(unsigned char c)
{
    if (c < 0x80 && (isalnum(c) || strchr(" _-+.,:;()[]=/*#!?|@'", c))) {
        return (char)c;
    }
    return c == '"' || c == '`' ? '\'' : '?';
}

void format_clean(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        /* One '?' for each character, not for each byte of UTF-8. */
        if (((unsigned char)*text & 0xc0) != 0x80) {
            out[n++] = clean_char((unsigned char)*text);
        }
    }
    out[n] = '\0';
}

void format_digits(char *out, size_t size, double value)
{
    double magnitude = fabs(value);
    int decimals = 2;
    if (magnitude == 0 || magnitude >= 99.95) {
        decimals = 0;
    } else if (magnitude >= 9.995) {
        decimals = 1;
    } else if (magnitude < 0.9995) {
        decimals = 2 - (int)floor(log10(magnitude));
        decimals = decimals > 9 ? 9 : decimals;
    }
    snprintf(out, size, "%.*f", decimals, value);
}

static const char *const counts[] = {"", " k", " M", " G", " T", NULL};
static const char *const times[] = {" ns", " us", " ms", " s", NULL};

/* Divides by 1000 until three digits are enough; which unit that is. */
static const char *choose_unit(double value, const char *const *units,
                               double *ret_scale)
{
    *ret_scale = 1;
    while (units[1] && fabs(value / *ret_scale) >= 999.5) {
        *ret_scale *= 1000;
        units++;
    }
    return units[0];
}

static void format_in_units(char *out, size_t size, double value,
                            const char *const *units)
{
    char digits[64];
    double scale;
    const char *unit = choose_unit(value, units, &scale);
    format_digits(digits, sizeof(digits), value / scale);
    snprintf(out, size, "%s%s", digits, unit);
}

void format_count(char *out, size_t size, double value)
{
    format_in_units(out, size, value, counts);
}

void format_seconds(char *out, size_t size, double seconds)
{
    format_in_units(out, size, seconds * 1e9, times);
}

void format_interval(char *out, size_t size, double low, double high)
{
    char left[64], right[64];
    double scale;
    const char *unit = choose_unit(high, counts, &scale);
    format_digits(left, sizeof(left), low / scale);
    format_digits(right, sizeof(right), high / scale);
    snprintf(out, size, "%s - %s%s", left, right, unit);
}

size_t format_fold(const char *text, size_t width)
{
    size_t n = strlen(text);
    if (n <= width) {
        return n;
    }
    size_t at = width;
    while (at > 0 && text[at] != ' ') {
        at--;
    }
    return at > 0 ? at : width;
}

void format_print_folded(const char *text, size_t width, FILE *out)
{
    const char *indent = "";
    while (*text) {
        size_t n = format_fold(text, width - strlen(indent));
        fprintf(out, "%s%.*s\n", indent, (int)n, text);
        text += n;
        text += strspn(text, " ");
        indent = "  ";
    }
}
