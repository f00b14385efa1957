/* SPDX-License-Identifier: MIT */
/* A result document, or a comparison, as a page for people. */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stdio.h>

struct report_changes; /* report/changes.h */

struct report_request {
    const json_t *document;
    const char *name;    /* of its file */
    const json_t *other; /* a result to be shown beside it, or NULL */
    const char *other_name;
    const struct report_changes *changes; /* or NULL */
    const char *gnuplot;  /* from gnuplot_find(); NULL: no charts */
    const char *pictures; /* Markdown: a folder that exists, or NULL: none */
    const char *link;     /* the way there from the text */
};

/* One HTML file with everything in it: it loads nothing and needs no script. */
int report_html(const struct report_request *request, FILE *out,
                struct diag *diag);

/* Markdown, with the pictures beside it. */
int report_markdown(const struct report_request *request, FILE *out,
                    struct diag *diag);

/* The same of a comparison: `document` is one, and its `changes` are there. */
int report_comparison_html(const struct report_request *request, FILE *out,
                           struct diag *diag);
int report_comparison_markdown(const struct report_request *request, FILE *out,
                               struct diag *diag);
