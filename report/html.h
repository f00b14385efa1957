/* SPDX-License-Identifier: MIT */
/*
 * Texts into HTML, URLs, Markdown. A document's texts are anybody's: none of
 * them gets into a page but through these, which leave no markup, no control
 * character and no change of direction, and cut what is long.
 */
#pragma once

#include <stdio.h>

#define HTML_TEXT_MAX 400 /* bytes of a text that are shown */

/* For the content of an element and for an attribute in double quotes. */
void html_text(FILE *out, const char *text);

/* One field of a CSV inside a data: URL, quoted, and never a formula. */
void html_csv(FILE *out, const char *text);

/* As plain words of Markdown, also inside a table. */
void markdown_text(FILE *out, const char *text);

/* The same of a number: "" for NAN. */
void html_csv_number(FILE *out, double value);
