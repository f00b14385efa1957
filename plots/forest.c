/* SPDX-License-Identifier: MIT */
#include "plots/forest.h"

#include "harness/base/atomic_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/embed.h"
#include "harness/base/must.h"
#include "plots/format.h"
#include "plots/gnuplot.h"
#include "plots/scratch.h"
#include "plots/svg_text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

extern const struct embedded_file figure_files[];

#define LABEL_SIZE 512
#define TERM_WIDTH 98

static size_t rows_drawn(const struct forest *forest)
{
    return forest->n < FOREST_ROWS ? forest->n : FOREST_ROWS;
}

static void put_text(const char *key, const char *text, double number,
                     FILE *out)
{
    char clean[LABEL_SIZE];
    format_clean(clean, sizeof(clean), text);
    fprintf(out, "%s\t%s\t%.9g\n", key, *clean ? clean : " ", number);
}

/* What the axis has to show: intervals and margins, but an interval that is
 * wide beyond use does not flatten the others. */
static double axis_end(const struct forest *forest)
{
    double end = 1.0;
    for (size_t i = 0; i < rows_drawn(forest); i++) {
        const struct forest_row *row = &forest->rows[i];
        double most = 2.0 * row->margin_pct;
        if (isfinite(row->low) && isfinite(row->high)) {
            most = fmax(most, fmax(fabs(row->low), fabs(row->high)));
        } else if (isfinite(row->pct)) {
            most = fmax(most, fabs(row->pct));
        }
        end = fmax(end, fmin(most, 100.0));
    }
    return end * 1.08;
}

static double within(double pct, double end)
{
    return !isfinite(pct) ? 1e6 : pct < -end ? -end : pct > end ? end : pct;
}

static void put_rows(const struct forest *forest, FILE *out)
{
    double end = axis_end(forest);
    fputs("\n\nrow\tkind\tpct\tlow\thigh\tmargin\tlabel\tchange\n", out);
    for (size_t i = 0; i < rows_drawn(forest); i++) {
        const struct forest_row *row = &forest->rows[i];
        char label[LABEL_SIZE];
        bool wide = isfinite(row->low) && isfinite(row->high);
        format_clean(label, sizeof(label), row->label);
        fprintf(out, "%zu\t%d\t%.6g\t%.6g\t%.6g\t%.6g\t%s\t%s\n", i + 1,
                (int)row->kind, within(row->pct, end),
                within(wide ? row->low : row->pct, end),
                within(wide ? row->high : row->pct, end), row->margin_pct,
                *label ? label : " ", *row->change ? row->change : " ");
    }
}

static bool put_data(const struct forest *forest, const struct scratch *scratch)
{
    FILE *out = scratch_open(scratch, "data.tsv", "we");
    if (!out) {
        return false;
    }
    size_t longest = 0;
    for (size_t i = 0; i < rows_drawn(forest); i++) {
        size_t n = strlen(forest->rows[i].label);
        longest = n > longest ? n : longest;
    }
    fputs("fact\ttext\tnumber\n", out);
    put_text("title", forest->title, (double)rows_drawn(forest), out);
    put_text("subtitle", forest->subtitle, axis_end(forest), out);
    put_text("caption", forest->caption,
             (double)(longest < LABEL_SIZE ? longest : LABEL_SIZE), out);
    for (int i = 0; i < FOREST_KINDS; i++) {
        put_text("kind", forest->kinds[i], 0.0, out);
    }
    put_rows(forest, out);
    return scratch_close(out);
}

/* The picture in sentences, for those who do not see it; the caller frees. */
static char *describe(const struct forest *forest)
{
    char *words = NULL;
    size_t size = 0;
    FILE *sentences = open_memstream(&words, &size);
    must(sentences != NULL);
    fprintf(sentences, "%s.", forest->subtitle);
    for (size_t i = 0; i < rows_drawn(forest); i++) {
        const struct forest_row *row = &forest->rows[i];
        fprintf(sentences, " %s: %s, %s;", row->label, row->change,
                forest->kinds[row->kind]);
    }
    fprintf(sentences, " %s", forest->caption);
    must(fclose(sentences) == 0);
    return words;
}

static void put_term(const struct forest *forest, const char *picture,
                     FILE *out)
{
    format_print_folded(forest->title, TERM_WIDTH, out);
    format_print_folded(forest->subtitle, TERM_WIDTH, out);
    fputs(picture + strspn(picture, "\f\r\n"), out);
    format_print_folded(forest->caption, TERM_WIDTH, out);
}

/* What gnuplot makes of it; the caller frees. */
static int render(const struct forest *forest, enum figure_format format,
                  char **ret, size_t *ret_size, struct diag *diag)
{
    const struct embedded_file *script =
        embedded_find(figure_files, "forest.gp");
    must(script != NULL);
    if (forest->n == 0) {
        return diag_set(diag, -ENODATA, "nothing was judged");
    }
    struct scratch scratch = {0};
    int r = scratch_make(&scratch, diag);
    if (r < 0) {
        return r;
    }
    struct gnuplot_job job = {.program = forest->gnuplot,
                              .folder = scratch.folder,
                              .script = "forest.gp",
                              .argument = figure_formats[format]};
    r = scratch_put(&scratch, job.script, script) && put_data(forest, &scratch)
            ? gnuplot_run(&job, diag)
            : diag_set(diag, -EIO, "cannot write into %s", scratch.folder);
    if (r == 0) {
        *ret = scratch_read(&scratch, "out", ret_size);
        r = *ret && *ret_size > 0
                ? 0
                : diag_set(diag, -EIO, "gnuplot drew nothing");
    }
    scratch_remove(&scratch);
    return r;
}

int forest_draw(const struct forest *forest, enum figure_format format,
                FILE *out, struct diag *diag)
{
    _cleanup_(free_p) char *picture = NULL;
    size_t size = 0;
    int r = render(forest, format, &picture, &size, diag);
    if (r < 0) {
        return r;
    }
    if (format == FIGURE_SVG) {
        _cleanup_(free_p) char *words = describe(forest);
        struct svg_text text = {
            .name = "comparison", .title = forest->title, .description = words};
        svg_text_rewrite(picture, &text, out);
    } else if (format == FIGURE_TERM) {
        put_term(forest, picture, out);
    } else {
        fwrite(picture, 1, size, out);
    }
    return 0;
}

int forest_draw_inline(const struct forest *forest, const char *id, FILE *out,
                       struct diag *diag)
{
    _cleanup_(free_p) char *picture = NULL;
    size_t size = 0;
    int r = render(forest, FIGURE_SVG, &picture, &size, diag);
    if (r == 0) {
        _cleanup_(free_p) char *words = describe(forest);
        struct svg_text text = {
            .name = id, .title = forest->title, .description = words};
        svg_text_rewrite_inline(picture, &text, out);
    }
    return r;
}

int forest_save(const struct forest *forest, enum figure_format format,
                const char *path, struct diag *diag)
{
    _cleanup_(free_p) char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    must(out != NULL);
    int r = forest_draw(forest, format, out, diag);
    must(fclose(out) == 0);
    return r < 0 ? r : atomic_file_put(path, bytes, size, false, diag);
}
