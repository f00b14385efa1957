/* SPDX-License-Identifier: MIT */
#include "plots/figure_text.h"

#include "plots/figure_cell.h"
#include "plots/format.h"

#include <math.h>
#include <string.h>

#define DESCRIBED 8 /* points of a line that the description gives */

/* The text under `key`, cleaned, or `unknown`. */
static void get(const json_t *object, const char *key, const char *unknown,
                char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(object, key));
    format_clean(text, size, value ? value : unknown);
}

static void describe_pus(const json_t *context, char *text, size_t size)
{
    const json_t *topology = json_object_get(context, "topology");
    const json_t *pus = json_object_get(topology, "pus");
    const json_t *all = json_object_get(topology, "pus_machine");
    char hypervisor[48];
    get(context, "hypervisor", "", hypervisor, sizeof(hypervisor));
    double own = json_number_value(pus), machine = json_number_value(all);
    size_t used =
        (size_t)snprintf(text, size, "%.0f PU%s", own, own == 1 ? "" : "s");
    if (machine > own) {
        used += (size_t)snprintf(text + used, size - used, " of %.0f", machine);
    }
    if (*hypervisor && strcmp(hypervisor, "none") != 0) {
        snprintf(text + used, size - used, ", virtual (%s)", hypervisor);
    }
}

static void describe_machine(const json_t *document, char *text, size_t size)
{
    const json_t *context = json_object_get(document, "context");
    const json_t *build = json_object_get(document, "gilbench");
    char cpu[80], pus[96], kernel[48], version[24], commit[13], date[11];
    get(context, "cpu_model", "unknown CPU", cpu, sizeof(cpu));
    get(context, "kernel", "unknown", kernel, sizeof(kernel));
    get(context, "date", "unknown", date, sizeof(date));
    get(build, "version", "?", version, sizeof(version));
    get(build, "commit", "unknown", commit, sizeof(commit));
    describe_pus(context, pus, sizeof(pus));
    bool dirty = json_is_true(json_object_get(build, "dirty"));
    snprintf(text, size, "%s, %s; kernel %s; gilbench %s, commit %s%s; %s", cpu,
             pus, kernel, version, commit, dirty ? " (modified)" : "", date);
}

/* What the intervals are and how they are shown. */
static const char *interval_words(const struct figure_data *data)
{
    enum figure_kind kind =
        data->n_panels > 0 ? data->panels[0].table->kind : FIGURE_POINTS;
    if (!data->intervals && data->n_min >= 6) {
        return "no interval: a process has too few samples for its own value";
    }
    if (!data->intervals) {
        return "no interval below 6 processes";
    }
    if (kind == FIGURE_WINNER) {
        return "clear: the winner's 95 % interval lies beyond the others'";
    }
    if (kind == FIGURE_VERSUS) {
        return "ratio: median over the pairs; bars: its 95 % interval";
    }
    if (kind == FIGURE_GOAL) {
        return "bars: 95 % interval of the own value";
    }
    return data->ratios ? "bars: 95 % interval (the ends divided crosswise)"
                        : "bars: 95 % interval";
}

/* "6 processes", "6 to 20 processes" */
static void describe_n(const struct figure_data *data, char *text, size_t size)
{
    if (data->n_min == data->n_max) {
        snprintf(text, size, "%u process%s", data->n_max,
                 data->n_max == 1 ? "" : "es");
    } else {
        snprintf(text, size, "%u to %u processes", data->n_min, data->n_max);
    }
}

static void describe_method(const struct figure_data *data, char *text,
                            size_t size)
{
    const char *words = interval_words(data);
    char n[64];
    describe_n(data, n, sizeof(n));
    if (data->n_max == 0) {
        snprintf(text, size, "Number of processes not known; %s", words);
    } else if (data->n_panels > 0 &&
               data->panels[0].table->kind == FIGURE_RUNS) {
        snprintf(text, size,
                 "Each point: one of n = %s of its cell, by their median", n);
    } else {
        snprintf(text, size, "Each value: median of n = %s; %s", n, words);
    }
}

void figure_caption_make(const json_t *document, const struct figure_data *data,
                         struct figure_caption *ret)
{
    memset(ret, 0, sizeof(*ret));
    describe_machine(document, ret->machine, sizeof(ret->machine));
    describe_method(data, ret->method, sizeof(ret->method));
    if (data->missing > 0) {
        snprintf(ret->missing, sizeof(ret->missing),
                 "Not drawn: %zu of %zu cells. %s", data->missing,
                 data->fitting, figure_data_first_missing(data));
    }
}

static void print_number(double value, const char *metric, FILE *out)
{
    char text[64];
    bool seconds = strncmp(metric, "latency", 7) == 0;
    if (seconds) {
        format_seconds(text, sizeof(text), value);
    } else {
        format_count(text, sizeof(text), value);
    }
    fputs(text, out);
}

/* Its rows say in their texts what they are. */
static bool tells_in_words(enum figure_kind kind)
{
    return kind == FIGURE_VERSUS || kind == FIGURE_GOAL ||
           kind == FIGURE_ROWS || kind == FIGURE_RUNS;
}

static void describe_point(const struct figure_panel *panel,
                           const struct figure_row *row, FILE *out)
{
    if (panel->table->kind == FIGURE_WINNER) {
        fprintf(out, " %s %s, %s %s: %s %s %s;", panel->table->x, row->text[3],
                panel->table->row, row->text[4], row->text[0], row->text[1],
                row->text[2]);
        return;
    }
    if (panel->table->kind == FIGURE_GOAL && !*row->text[0]) {
        fprintf(out, " %.3g of the goal;", row->y);
        return;
    }
    if (tells_in_words(panel->table->kind)) {
        fprintf(out, " %s", row->text[0]);
        for (size_t i = 1; i < FIGURE_TEXTS; i++) {
            fprintf(out, "%s%s", *row->text[i] ? " | " : "", row->text[i]);
        }
        fputs(";", out);
        return;
    }
    if (panel->table->kind == FIGURE_FRONT) {
        fprintf(out, " %s: %.3g, ", row->text[0], row->x);
    } else if (panel->table->kind == FIGURE_PERCENTILES) {
        fprintf(out, " p%g ", 100 * (1 - pow(10, -row->x)));
    } else {
        fprintf(out, " %s=%g ", panel->table->x, row->x);
    }
    print_number(row->y, panel->metric, out);
    fputs(";", out);
}

/* The rows that are told: of percentiles only the named ones; of many points
 * evenly spaced ones, with both ends. */
static bool is_told(const struct figure_panel *panel,
                    const struct figure_block *block, size_t i)
{
    if (panel->table->kind == FIGURE_PERCENTILES) {
        return block->rows[i].mark == 1;
    }
    if (panel->table->kind == FIGURE_ROWS) {
        return block->rows[i].mark != FIGURE_HEADING; /* it is the panel's */
    }
    if (panel->table->kind == FIGURE_RUNS) {
        return *block->rows[i].text[1]; /* the range, once a cell */
    }
    if (panel->table->kind != FIGURE_POINTS || block->n_rows <= DESCRIBED) {
        return true;
    }
    size_t step = (block->n_rows + DESCRIBED - 2) / (DESCRIBED - 1);
    return i % step == 0 || i + 1 == block->n_rows;
}

static void describe_block(const struct figure_data *data,
                           const struct figure_block *block, FILE *out)
{
    const struct figure_panel *panel = &data->panels[block->panel];
    if (panel->table->by_order) {
        return; /* the same points as in the rows */
    }
    fprintf(out, " %s%s%s, %s:", panel->label, *panel->label ? ", " : "",
            data->legends[block->legend].label, panel->metric);
    for (size_t i = 0; i < block->n_rows; i++) {
        if (is_told(panel, block, i)) {
            describe_point(panel, &block->rows[i], out);
        }
    }
}

void figure_describe(const struct figure_spec *spec,
                     const struct figure_data *data, FILE *out)
{
    fprintf(out, "%s", spec->read);
    for (size_t i = 0; i < data->n_blocks; i++) {
        describe_block(data, &data->blocks[i], out);
    }
    for (size_t i = 0; i < data->n_notes; i++) {
        const char *panel = data->panels[data->notes[i].panel].label;
        fprintf(out, " %s%s%s.", panel, *panel ? ": " : "",
                data->notes[i].text);
    }
}
