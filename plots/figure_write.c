/* SPDX-License-Identifier: MIT */
#include "plots/figure_write.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/format.h"

#include <math.h>
#include <string.h>

#define PIXELS_PER_LETTER 5.9 /* of the small print, roughly */
#define PIXELS_AT_EDGES   32
#define NOTE_WIDTH        44
#define TICS              9

static void put_number(double value, FILE *out)
{
    if (isfinite(value)) {
        fprintf(out, "%.9g", value);
    } else {
        fputc('?', out);
    }
}

static void put_fact(const char *name, const char *text, double number,
                     FILE *out)
{
    fprintf(out, "%s\t%s\t%.9g\n", name, *text ? text : " ",
            isfinite(number) ? number : 0);
}

/* A text over `lines` facts NAME_1, NAME_2...; what does not fit is cut. */
static void put_folded(const char *name, const char *text, size_t width,
                       int lines, FILE *out)
{
    for (int i = 1; i <= lines; i++) {
        char key[32], line[256];
        size_t n = format_fold(text, width);
        bool cut = i == lines && text[n] != '\0';
        snprintf(key, sizeof(key), "%s_%d", name, i);
        snprintf(line, sizeof(line), "%.*s%s", (int)n, text, cut ? "..." : "");
        put_fact(key, line, NAN, out);
        text += n;
        text += strspn(text, " ");
    }
}

struct range {
    double low;
    double high;
};

static void widen(struct range *range, double value)
{
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

/* For an axis that may be logarithmic. */
static void widen_positive(struct range *range, double value)
{
    widen(range, value > 0 && isfinite(value) ? value : NAN);
}

/* The smallest and the largest of the points in a panel (`panel` n_panels: in
 * all of them), y with its intervals; 1 and 10 where there is none. */
static void find_ranges(const struct figure_data *data, size_t panel,
                        struct range *x, struct range *y)
{
    *x = *y = (struct range){NAN, NAN};
    for (size_t i = 0; i < data->n_blocks; i++) {
        const struct figure_block *block = &data->blocks[i];
        for (size_t k = 0; k < block->n_rows; k++) {
            const struct figure_row *row = &block->rows[k];
            if (panel == data->n_panels || panel == block->panel) {
                widen(x, row->x);
                widen_positive(y, row->y);
                widen_positive(y, row->low);
                widen_positive(y, row->high);
            }
        }
    }
    if (isnan(x->low)) {
        *x = (struct range){1, 10};
    }
    if (isnan(y->low)) {
        *y = (struct range){1, 10};
    }
}

static int compare_numbers(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Up to TICS values of x, evenly far apart on a logarithmic axis. */
static size_t choose_tics(const struct figure_data *data, const struct range *x,
                          double tics[TICS])
{
    size_t n = 0, n_all = 0;
    for (size_t i = 0; i < data->n_blocks; i++) {
        n_all += data->blocks[i].n_rows;
    }
    _cleanup_(free_p) double *all = must_calloc(n_all, sizeof(*all));
    for (size_t i = 0, at = 0; i < data->n_blocks; i++) {
        for (size_t k = 0; k < data->blocks[i].n_rows; k++) {
            all[at++] = data->blocks[i].rows[k].x;
        }
    }
    qsort(all, n_all, sizeof(*all), compare_numbers);
    double apart = pow(x->high / fmax(x->low, 1e-9), 1.0 / TICS);
    for (size_t i = 0; i < n_all && n < TICS; i++) {
        if (n == 0 || (all[i] > tics[n - 1] && all[i] > tics[n - 1] * apart)) {
            tics[n++] = all[i];
        }
    }
    return n;
}

static size_t count_note_lines(const struct figure_data *data)
{
    size_t lines = 0;
    for (size_t i = 0; i < data->n_notes; i++) {
        const char *text = data->notes[i].text;
        while (*text) {
            text += format_fold(text, NOTE_WIDTH);
            text += strspn(text, " ");
            lines++;
        }
    }
    return lines;
}

static void put_facts(const struct figure_facts *facts,
                      const struct figure_data *data, FILE *out)
{
    struct range x, y;
    find_ranges(data, data->n_panels, &x, &y);
    size_t width =
        (size_t)((facts->spec->width - PIXELS_AT_EDGES) / PIXELS_PER_LETTER);
    fputs("fact\ttext\tnumber\n", out);
    put_fact("name", facts->name, NAN, out);
    put_fact("title", facts->spec->title, NAN, out);
    put_folded("read", facts->spec->read, width, 2, out);
    put_folded("machine", facts->caption->machine, width, 1, out);
    put_folded("method", facts->caption->method, width, 1, out);
    put_folded("missing", facts->caption->missing, width, 1, out);
    put_fact("width", "", facts->spec->width, out);
    put_fact("height", "", facts->spec->height, out);
    put_fact("pus", "", facts->pus, out);
    put_fact("panels", "", (double)data->n_panels, out);
    put_fact("legends", "", (double)data->n_legends, out);
    put_fact("notes", "", (double)count_note_lines(data), out);
    put_fact("blocks", "", (double)data->n_blocks, out);
    put_fact("x_min", "", x.low, out);
    put_fact("x_max", "", x.high, out);
    put_fact("y_min", "", y.low, out);
    put_fact("y_max", "", y.high, out);
    double tics[TICS];
    put_fact("tics", "", (double)choose_tics(data, &x, tics), out);
}

static void put_panels(const struct figure_data *data, FILE *out)
{
    fputs("\n\ntable\tlabel\tmetric\ty_min\ty_max\n", out);
    for (size_t i = 0; i < data->n_panels; i++) {
        const struct figure_panel *panel = &data->panels[i];
        struct range x, y;
        find_ranges(data, i, &x, &y);
        fprintf(out, "%s\t%s\t%s\t%.9g\t%.9g\n", panel->table->name,
                *panel->label ? panel->label : " ",
                *panel->metric ? panel->metric : " ", y.low, y.high);
    }
    fputs("\n\nlegend\tcolour\tdash\tpoint\n", out);
    for (size_t i = 0; i < data->n_legends; i++) {
        const struct figure_legend *legend = &data->legends[i];
        fprintf(out, "%s\t%u\t%u\t%u\n", legend->label, legend->colour,
                legend->dash, legend->point);
    }
}

/* A note may take several lines. One more stands at the end, or gnuplot would
 * see no block when there are none. */
static void put_notes(const struct figure_data *data, FILE *out)
{
    fputs("\n\npanel\tnote\n", out);
    for (size_t i = 0; i < data->n_notes; i++) {
        const char *text = data->notes[i].text;
        while (*text) {
            size_t n = format_fold(text, NOTE_WIDTH);
            fprintf(out, "%zu\t%.*s\n", data->notes[i].panel + 1, (int)n, text);
            text += n;
            text += strspn(text, " ");
        }
    }
    fputs("0\t \n", out);
}

static void put_tics(const struct figure_data *data, FILE *out)
{
    struct range x, y;
    double tics[TICS];
    find_ranges(data, data->n_panels, &x, &y);
    size_t n = choose_tics(data, &x, tics);
    fputs("\n\nx\n", out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%.9g\n", tics[i]);
    }
}

static void put_block(const struct figure_block *block, FILE *out)
{
    fputs("\n\nx\ty\tlow\thigh\tn\tmark\ttexts\tplace\n", out);
    for (size_t i = 0; i < block->n_rows; i++) {
        const struct figure_row *row = &block->rows[i];
        const double numbers[] = {row->x, row->y, row->low, row->high};
        for (size_t k = 0; k < 4; k++) {
            put_number(numbers[k], out);
            fputc('\t', out);
        }
        fprintf(out, "%u\t%g", row->n, row->mark);
        for (size_t k = 0; k < FIGURE_TEXTS; k++) {
            fprintf(out, "\t%s", *row->text[k] ? row->text[k] : " ");
        }
        fputc('\t', out);
        put_number(row->place, out);
        fputc('\n', out);
    }
}

void figure_write(const struct figure_facts *facts,
                  const struct figure_data *data, FILE *out)
{
    put_facts(facts, data, out);
    put_panels(data, out);
    put_notes(data, out);
    fputs("\n\npanel\tlegend\trows\n", out);
    for (size_t i = 0; i < data->n_blocks; i++) {
        const struct figure_block *block = &data->blocks[i];
        fprintf(out, "%zu\t%zu\t%zu\n", block->panel + 1, block->legend + 1,
                block->n_rows);
    }
    put_tics(data, out);
    for (size_t i = 0; i < data->n_blocks; i++) {
        put_block(&data->blocks[i], out);
    }
}
