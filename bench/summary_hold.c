/* SPDX-License-Identifier: MIT */
/* Who kept an event loop for long: a sentence below the table. */
#include "bench/summary_table.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/format.h"

#include <math.h>

#define WIDTH 100

static double metric(const json_t *cell, const char *name)
{
    struct figure_value value;
    return figure_cell_metric(cell, name, &value) ? value.median : NAN;
}

/* From this on a task that kept an event loop is worth a word. */
#define LONG_HOLD_NS 1e7

/* "task 1", where the longest hold of any repetition is known to be its. */
static void print_holder(const json_t *cell, FILE *out)
{
    double longest = 0;
    const json_t *holder = NULL;
    size_t i;
    json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        const json_t *loop = json_object_get(repetition, "loop");
        double held =
            json_number_value(json_object_get(loop, "longest_hold_ns"));
        if (held > longest) {
            longest = held;
            holder = json_object_get(loop, "longest_holder");
        }
    }
    if (json_is_integer(holder)) {
        fprintf(out, "task %lld", (long long)json_integer_value(holder));
    } else {
        fputs("a task", out);
    }
}

static void say_hold(const json_t *document, FILE *out)
{
    const json_t *worst = NULL;
    size_t i, n = 0;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        double held = metric(cell, "longest_hold_ns");
        n += held >= LONG_HOLD_NS;
        worst = held >= LONG_HOLD_NS &&
                        (!worst || held > metric(worst, "longest_hold_ns"))
                    ? cell
                    : worst;
    }
    if (!worst) {
        return;
    }
    char text[32];
    format_seconds(text, sizeof(text), metric(worst, "longest_hold_ns") * 1e-9);
    fputs("Event loop: ", out);
    print_holder(worst, out);
    fprintf(out, " of %s held it for %s while all others waited",
            json_string_value(json_object_get(worst, "id")), text);
    if (n > 1) {
        fprintf(out, "; in %zu cells a task held it for 10 ms or more", n);
    }
    fputs(".", out);
}

void summary_hold_print(const json_t *document, FILE *out)
{
    _cleanup_(free_p) char *text = NULL;
    size_t size = 0;
    FILE *sentence = open_memstream(&text, &size);
    must(sentence != NULL);
    say_hold(document, sentence);
    must(fclose(sentence) == 0);
    if (size > 0) {
        fputc('\n', out);
        format_print_folded(text, WIDTH, out);
    }
}
