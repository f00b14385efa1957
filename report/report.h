/* SPDX-License-Identifier: MIT */
/* A result document as a page for people. */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stdio.h>

struct report_request {
    const json_t *document;
    const char *name;    /* of its file */
    const json_t *other; /* to be shown beside it, or NULL */
    const char *other_name;
    const char *gnuplot;  /* from gnuplot_find() */
    const char *pictures; /* Markdown: a folder that exists, or NULL: none */
    const char *link;     /* the way there from the text */
};

/* One HTML file with everything in it: it loads nothing and needs no script. */
int report_html(const struct report_request *request, FILE *out,
                struct diag *diag);

/* Markdown, with the pictures beside it. */
int report_markdown(const struct report_request *request, FILE *out,
                    struct diag *diag);
