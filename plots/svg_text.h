/* SPDX-License-Identifier: MIT */
/*
 * gnuplot's SVG made fit for people: its title is an id and its description
 * says "Produced by GNUPLOT", its ids clash as soon as two pictures stand in
 * one page, it names one font only, and a mark's value needs its script.
 */
#pragma once

#include <stdio.h>

struct svg_text {
    const char *name;        /* put in front of every id */
    const char *title;       /* plain text, escaped here */
    const char *description; /* the same */
};

/* Copies the SVG `source` to `out`. */
void svg_text_rewrite(const char *source, const struct svg_text *text,
                      FILE *out);

/* The same for a place inside an HTML page: from <svg on, without namespaces,
 * which HTML does not need, and so without any address. */
void svg_text_rewrite_inline(const char *source, const struct svg_text *text,
                             FILE *out);
