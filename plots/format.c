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

/* `value` in the largest of the prefixes' units that leaves it at least 1. */
static void format_prefix(char *out, size_t size, double value,
                          const char *const *prefixes, size_t n)
{
    size_t i = 0;
    while (i + 1 < n && fabs(value) >= 999.5) {
        value /= 1000;
        i++;
    }
    char digits[64];
    format_digits(digits, sizeof(digits), value);
    snprintf(out, size, "%s%s", digits, prefixes[i]);
}

void format_count(char *out, size_t size, double value)
{
    static const char *const prefixes[] = {"", " k", " M", " G", " T"};
    format_prefix(out, size, value, prefixes, 5);
}

void format_seconds(char *out, size_t size, double seconds)
{
    static const char *const units[] = {" ns", " us", " ms", " s"};
    format_prefix(out, size, seconds * 1e9, units, 4);
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
