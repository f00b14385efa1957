/* SPDX-License-Identifier: MIT */
#include "report/html.h"

#include "harness/base/cleanup.h"
#include "harness/base/diag.h"
#include "harness/base/markup.h"
#include "harness/base/must.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* A copy that is short and clean; the caller frees. */
static char *tame(const char *text)
{
    size_t n = strnlen(text, HTML_TEXT_MAX + 1);
    bool cut = n > HTML_TEXT_MAX;
    n = cut ? HTML_TEXT_MAX : n;
    /* Not within a character. */
    while (cut && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80) {
        n--;
    }
    char *copy = must_calloc(n + 4, 1);
    memcpy(copy, text, n);
    diag_clean(copy);
    if (cut) {
        strcpy(copy + strlen(copy), "...");
    }
    return copy;
}

void html_text(FILE *out, const char *text)
{
    _cleanup_(free_p) char *copy = tame(text);
    markup_escape(copy, out);
}

static void put_percent(FILE *out, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (isalnum(*c) || strchr("-._,:/=+", *c)) {
            fputc(*c, out);
        } else {
            fprintf(out, "%%%02X", *c);
        }
    }
}

void html_csv(FILE *out, const char *text)
{
    _cleanup_(free_p) char *copy = tame(text);
    fputs("%22", out);
    if (*copy && strchr("=+-@", *copy)) {
        fputs("%27", out); /* a spreadsheet would compute it */
    }
    for (char *rest = copy, *piece; (piece = strsep(&rest, "\""));) {
        put_percent(out, piece);
        fputs(rest ? "%22%22" : "", out);
    }
    fputs("%22", out);
}

void html_csv_number(FILE *out, double value)
{
    if (isfinite(value)) {
        fprintf(out, "%.9g", value);
    }
}

void markdown_text(FILE *out, const char *text)
{
    _cleanup_(free_p) char *copy = tame(text);
    for (const char *c = copy; *c; c++) {
        bool www =
            *c == '.' && c >= copy + 3 && strncasecmp(c - 3, "www", 3) == 0;
        if (strchr("<>&@\"", *c) || www || strncmp(c, "://", 3) == 0) {
            fprintf(out, "&#%d;", *c); /* neither markup, link nor mention */
        } else if (strchr("\\`*_[]#!|~$^", *c)) {
            fprintf(out, "\\%c", *c);
        } else {
            fputc(*c, out);
        }
    }
}
