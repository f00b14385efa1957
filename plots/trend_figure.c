/* SPDX-License-Identifier: MIT */
#include "plots/trend_figure.h"

#include "harness/base/cleanup.h"
#include "harness/base/embed.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "plots/format.h"
#include "plots/gnuplot.h"
#include "plots/scratch.h"
#include "plots/svg_text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

extern const struct embedded_file figure_files[];

#define DATE_LENGTH    16 /* as in 2026-11-22T20:39 */
#define WARNING_LENGTH 80

static void clean_text(const json_t *run, const char *key, size_t length,
                       char *out)
{
    const char *text = json_string_value(json_object_get(run, key));
    format_clean(out, length + 1, text ? text : "unknown");
}

/* What is drawn as 1: the first run that is not 0; 0: there is none. */
static double first_positive(const struct trend_panel *panel)
{
    for (size_t i = 0; i < panel->n; i++) {
        if (panel->median[i] > 0.0) {
            return panel->median[i];
        }
    }
    return 0.0;
}

static double unity(const struct trend_panel *panel)
{
    double first = first_positive(panel);
    return first > 0.0 ? first : 1.0;
}

static void format_level(const struct trend_panel *panel, char *out,
                         size_t size)
{
    char number[32];
    if (strcmp(panel->unit, "ns") == 0) {
        format_seconds(out, size, unity(panel) * 1e-9);
        return;
    }
    format_count(number, sizeof(number), unity(panel));
    snprintf(out, size, "%s%s%s", number,
             strcmp(panel->unit, "1/s") == 0 ? "/s" : " ",
             strcmp(panel->unit, "1/s") == 0 ? "" : panel->unit);
}

/* The lowest or highest end of the intervals, by what is 1. */
static double extreme(const struct trend_panel *panel, const double *ends,
                      double (*choose)(double, double))
{
    double found = panel->median[0];
    for (size_t i = 0; i < panel->n; i++) {
        found = choose(found, panel->median[i]);
        found = isfinite(ends[i]) ? choose(found, ends[i]) : found;
    }
    return found / unity(panel);
}

/* As in "steps_per_s, first run 102 M/s = 1". */
static void format_scale(const struct trend_panel *panel, char *out,
                         size_t size)
{
    char level[48];
    char zeros[64];
    format_level(panel, level, sizeof(level));
    format_clean(zeros, sizeof(zeros), panel->zeros);
    if (!*zeros) {
        snprintf(out, size, "%s, first run %s = 1", panel->metric, level);
    } else if (first_positive(panel) > 0.0) {
        snprintf(out, size, "%s, %s = 1, %s", panel->metric, level, zeros);
    } else {
        snprintf(out, size, "%s, %s", panel->metric, zeros);
    }
}

static void put_caption(const struct trend_figure *figure, FILE *out)
{
    size_t runs = json_array_size(figure->runs);
    char first[DATE_LENGTH + 1];
    char last[DATE_LENGTH + 1];
    size_t i;
    const json_t *warning;
    clean_text(json_array_get(figure->runs, 0), "date", DATE_LENGTH, first);
    clean_text(json_array_get(figure->runs, runs - 1), "date", DATE_LENGTH,
               last);
    fprintf(out, "caption\t%zu runs, %s to %s", runs, first, last);
    if (figure->left_out > 0) {
        fprintf(out, "; %zu more series are not drawn", figure->left_out);
    }
    json_array_foreach(figure->warnings, i, warning)
    {
        char message[WARNING_LENGTH + 1];
        clean_text(warning, "message", WARNING_LENGTH, message);
        fprintf(out, "; %s", message);
    }
    fprintf(out, "\t%zu\n", runs);
}

static void put_facts(const struct trend_figure *figure, FILE *out)
{
    fprintf(out, "fact\ttext\tnumber\n");
    put_caption(figure, out);
    fputs("\n\ntitle\tmetric\tlow\thigh\n", out);
    for (size_t i = 0; i < figure->n; i++) {
        const struct trend_panel *panel = &figure->panels[i];
        char title[200];
        char scale[160];
        format_clean(title, sizeof(title), panel->title);
        format_scale(panel, scale, sizeof(scale));
        fprintf(out, "%s\t%s\t%.9g\t%.9g\n", title, scale,
                extreme(panel, panel->low, fmin),
                extreme(panel, panel->high, fmax));
    }
}

double trend_figure_level(const double *median, size_t n)
{
    _cleanup_(free_p) double *values = must_calloc(n, sizeof(double));
    size_t above = 0;
    for (size_t i = 0; i < n; i++) {
        if (median[i] > 0.0) {
            values[above++] = median[i];
        }
    }
    return 2 * above > n ? stats_median(values, above) : 0.0;
}

/* A block of points and one of levels for each panel. */
static void put_panel(const struct trend_panel *panel, FILE *out)
{
    double first = unity(panel);
    fputs("\n\nrun\tmedian\tlow\thigh\n", out);
    for (size_t i = 0; i < panel->n; i++) {
        bool has = isfinite(panel->low[i]) && isfinite(panel->high[i]);
        fprintf(out, "%zu\t%.9g\t%.9g\t%.9g\n", panel->run[i] + 1,
                panel->median[i] / first,
                (has ? panel->low[i] : panel->median[i]) / first,
                (has ? panel->high[i] : panel->median[i]) / first);
    }
    fputs("\n\nrun\tlevel\n", out);
    for (size_t k = 0; k <= panel->n_changes; k++) {
        size_t begin = k == 0 ? 0 : panel->changes[k - 1].at;
        size_t end = k < panel->n_changes ? panel->changes[k].at : panel->n;
        double level =
            trend_figure_level(panel->median + begin, end - begin) / first;
        fprintf(out, "%.1f\t%.9g\n%.1f\t%.9g\n",
                (double)panel->run[begin] + 0.5, level,
                (double)panel->run[end - 1] + 1.5, level);
    }
}

static bool put_data(const struct trend_figure *figure,
                     const struct scratch *scratch)
{
    FILE *out = scratch_open(scratch, "data.tsv", "we");
    if (!out) {
        return false;
    }
    put_facts(figure, out);
    for (size_t i = 0; i < figure->n; i++) {
        put_panel(&figure->panels[i], out);
    }
    return scratch_close(out);
}

static void describe_panel(const struct trend_panel *panel, FILE *out)
{
    char title[200];
    format_clean(title, sizeof(title), panel->title);
    fprintf(out, " %s, %s: %zu change%s of level", title, panel->metric,
            panel->n_changes, panel->n_changes == 1 ? "" : "s");
    if (*panel->zeros) {
        fprintf(out, ", %s.", panel->zeros);
    } else {
        fprintf(out, ", last value %.2f times the first.",
                panel->median[panel->n - 1] / panel->median[0]);
    }
}

/* The picture in a sentence, for those who do not see it. */
static char *describe(const struct trend_figure *figure)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    fprintf(out, "%zu series over %zu runs.", figure->n,
            json_array_size(figure->runs));
    for (size_t i = 0; i < figure->n; i++) {
        describe_panel(&figure->panels[i], out);
    }
    must(fclose(out) == 0);
    return text;
}

static int draw(const struct trend_figure *figure,
                const struct scratch *scratch, FILE *out, struct diag *diag)
{
    const struct embedded_file *script =
        embedded_find(figure_files, "trend.gp");
    struct gnuplot_job job = {.program = figure->gnuplot,
                              .folder = scratch->folder,
                              .script = "trend.gp",
                              .argument = "svg"};
    must(script != NULL);
    if (!scratch_put(scratch, job.script, script) ||
        !put_data(figure, scratch)) {
        return diag_set(diag, -EIO, "cannot write into %s", scratch->folder);
    }
    int rc = gnuplot_run(&job, diag);
    if (rc < 0) {
        return rc;
    }
    size_t size = 0;
    _cleanup_(free_p) char *picture = scratch_read(scratch, "out", &size);
    if (!picture || size == 0) {
        return diag_set(diag, -EIO, "gnuplot drew nothing");
    }
    _cleanup_(free_p) char *description = describe(figure);
    struct svg_text text = {.name = "trend",
                            .title = "Trend over stored runs",
                            .description = description};
    svg_text_rewrite(picture, &text, out);
    return 0;
}

int trend_figure_draw(const struct trend_figure *figure, FILE *out,
                      struct diag *diag)
{
    struct scratch scratch = {0};
    int rc = scratch_make(&scratch, diag);
    rc = rc < 0 ? rc : draw(figure, &scratch, out, diag);
    scratch_remove(&scratch);
    return rc;
}
