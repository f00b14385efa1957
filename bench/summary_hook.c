/* SPDX-License-Identifier: MIT */
/* What safepoints inside a step of cpu_lua cost: a sentence below the table. */
#include "bench/summary_table.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/figure_pick.h"
#include "plots/format.h"

#include <math.h>
#include <string.h>

#define WIDTH 100

static double rate(const json_t *cell)
{
    struct figure_value value;
    return figure_cell_metric(cell, "steps_per_s", &value) ? value.median : NAN;
}

/* A cell of cpu_lua with one task that is fine, and has this hook? */
static bool fits(const json_t *cell, const char *hook)
{
    const struct figure_conditions wanted = {
        .n = 4,
        .all = {{.key = "workload", .globs = "cpu_lua"},
                {.key = "status", .globs = "ok"},
                {.key = "tasks", .globs = "1"},
                {.key = "hook"}}};
    struct figure_conditions conditions = wanted;
    snprintf(conditions.all[3].globs, sizeof(conditions.all[3].globs), "%s",
             hook);
    return figure_cell_fits(cell, &conditions);
}

/* All of a cell of cpu_lua but its hook. */
static void label(const json_t *cell, char *text, size_t size)
{
    const struct figure_keys keys = {
        .n = 5, .all = {"model", "lock", "program", "state", "placement"}};
    figure_cell_label(cell, &keys, text, size);
}

/* The same cell with the hook; NULL. */
static const json_t *with_hook(const json_t *document, const json_t *bare)
{
    char wanted[FIGURE_LABEL], own[FIGURE_LABEL];
    size_t i;
    json_t *cell;
    label(bare, wanted, sizeof(wanted));
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        label(cell, own, sizeof(own));
        if (fits(cell, "yes") && strcmp(wanted, own) == 0) {
            return cell;
        }
    }
    return NULL;
}

/* The least and the most, over the cells that were measured both ways. */
static void say_hook(const json_t *document, FILE *out)
{
    double least = INFINITY, most = 0;
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        const json_t *hooked =
            fits(cell, "no") ? with_hook(document, cell) : NULL;
        double ratio = hooked ? rate(cell) / rate(hooked) : NAN;
        least = ratio < least ? ratio : least;
        most = ratio > most ? ratio : most;
    }
    if (most > 0) {
        char low[32], high[32];
        format_digits(low, sizeof(low), least);
        format_digits(high, sizeof(high), most);
        bool one = strcmp(low, high) == 0;
        fprintf(out,
                "Lua: a step of cpu_lua takes %s%s%s times as long with the "
                "hook that makes safepoints inside it.",
                low, one ? "" : " to ", one ? "" : high);
    }
}

void summary_hook_print(const json_t *document, FILE *out)
{
    _cleanup_(free_p) char *text = NULL;
    size_t size = 0;
    FILE *sentence = open_memstream(&text, &size);
    must(sentence != NULL);
    say_hook(document, sentence);
    must(fclose(sentence) == 0);
    if (size > 0) {
        fputc('\n', out);
        format_print_folded(text, WIDTH, out);
    }
}
