/* SPDX-License-Identifier: MIT */
/* One figure from a result document to picture files. */
#pragma once

#include "harness/base/diag.h"
#include "plots/figure_table.h"

#include <jansson.h>
#include <stdio.h>

enum figure_format {
    FIGURE_SVG,
    FIGURE_PNG,
    FIGURE_PDF,
    FIGURE_TERM, /* plain text */
    FIGURE_FORMATS,
};

/* The words of --format. */
extern const char *const figure_formats[FIGURE_FORMATS];

/* The names of all figures, NULL-ended. */
extern const char *const figure_names[];

struct figure_request {
    const char *name; /* one of figure_names */
    const json_t *document;
    unsigned formats;       /* bits 1 << enum figure_format */
    const char *output_dir; /* exists; NAME.svg and so on are put there */
    FILE *term;             /* where text goes; NULL: to NAME.txt */
    FILE *list;             /* the path of each file that was written */
    const char *gnuplot;    /* from gnuplot_find() */
};

/* -ENODATA: the document has nothing that it shows, `diag` says why. */
int figure_draw(const struct figure_request *request, struct diag *diag);

/* A figure as parts of a page. */
struct figure_parts {
    char *title;
    char *read;    /* how to read it */
    char *said;    /* all its numbers in sentences */
    char *svg;     /* from <svg on, for HTML: without namespaces */
    char *missing; /* what is not drawn; "" when all is */
    struct figure_grid grid;
};

/* Draws the figure of the request (name, document and gnuplot are looked at;
 * without a gnuplot `svg` is empty); all ids of its SVG begin with `id`.
 * -ENODATA as above. Free in the end, also after an error. */
int figure_take(const struct figure_request *request, const char *id,
                struct figure_parts *ret, struct diag *diag);
void figure_parts_free(struct figure_parts *parts);

/* The rows of a figure whose tables are all `kind: versus`, as text of at most
 * 100 columns. -ENODATA: the document has none. */
int figure_table_print(const char *name, const json_t *document, FILE *out);

/* The title of a figure, for `list`; the caller frees. NULL: no such one. */
char *figure_title(const char *name);
