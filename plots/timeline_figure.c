/* SPDX-License-Identifier: MIT */
#include "plots/timeline_figure.h"

#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "plots/format.h"
#include "plots/gnuplot.h"
#include "plots/scratch.h"
#include "plots/svg_text.h"

#include <errno.h>
#include <string.h>

extern const struct embedded_file figure_files[];

/* An arrow across the rows takes so much more room than a span. */
#define REQUEST_SIZE 50

/* An excerpt that nobody has chosen otherwise. */
#define EXCERPT_MS   50
#define EXCERPT_SIZE 3000

/* Of the picture as text: letters of a bar. */
#define TERM_BAR   56
#define TERM_WIDTH 98

/* The lanes that are drawn, and their rows from 1 on; 0: not drawn. */
struct rows {
    size_t *row; /* by lane */
    size_t n;
    size_t left_out;
};

static bool is_within(const struct timeline_figure *figure, uint64_t time_ns)
{
    return time_ns >= figure->begin_ns && time_ns <= figure->end_ns;
}

static bool overlaps(const struct timeline_span *span, uint64_t begin_ns,
                     uint64_t end_ns)
{
    return span->begin_ns < end_ns && span->end_ns > begin_ns;
}

static size_t lane_size(const struct timeline_lane *lane, uint64_t begin_ns,
                        uint64_t end_ns)
{
    size_t n = 0;
    for (size_t i = 0; i < lane->n_spans; i++) {
        n += overlaps(&lane->spans[i], begin_ns, end_ns);
    }
    for (size_t i = 0; i < lane->n_points; i++) {
        const struct timeline_point *point = &lane->points[i];
        if (point->time_ns >= begin_ns && point->time_ns <= end_ns) {
            n += point->kind == TIMELINE_ASKS ? REQUEST_SIZE : 1;
        }
    }
    return n;
}

size_t timeline_figure_size(const struct timeline *timeline, uint64_t begin_ns,
                            uint64_t end_ns)
{
    size_t n = 0, drawn = 0;
    for (size_t i = 0; i < timeline->n && drawn < TIMELINE_FIGURE_LANES; i++) {
        size_t size = lane_size(&timeline->lanes[i], begin_ns, end_ns);
        n += size;
        drawn += size > 0;
    }
    return n;
}

void timeline_figure_middle(const struct timeline *timeline, uint64_t length_ns,
                            uint64_t *ret_begin, uint64_t *ret_end)
{
    uint64_t all = timeline->length_ns;
    uint64_t length = length_ns < all ? length_ns : all;
    *ret_begin = (all - length) / 2;
    *ret_end = *ret_begin + length;
}

void timeline_figure_excerpt(const struct timeline *timeline,
                             uint64_t *ret_begin, uint64_t *ret_end)
{
    uint64_t length = EXCERPT_MS * NS_PER_MS;
    timeline_figure_middle(timeline, length, ret_begin, ret_end);
    /* What happens all at once does not get less. */
    while (*ret_end - *ret_begin > 1 &&
           timeline_figure_size(timeline, *ret_begin, *ret_end) >
               EXCERPT_SIZE) {
        length = *ret_end - *ret_begin;
        timeline_figure_middle(timeline, length - length / 4 - 1, ret_begin,
                               ret_end);
    }
}

static void choose_rows(const struct timeline_figure *figure, struct rows *rows)
{
    const struct timeline *timeline = figure->timeline;
    rows->row = must_calloc(timeline->n + 1, sizeof(*rows->row));
    for (size_t i = 0; i < timeline->n; i++) {
        if (lane_size(&timeline->lanes[i], figure->begin_ns, figure->end_ns) ==
            0) {
            continue;
        }
        if (rows->n < TIMELINE_FIGURE_LANES) {
            rows->row[i] = ++rows->n;
        } else {
            rows->left_out++;
        }
    }
}

static double ms(uint64_t ns)
{
    return (double)ns * 1e-6;
}

/* The part of the picture's time in which a lane runs, as in "33 % running". */
static double share_of(const struct timeline_figure *figure, size_t lane)
{
    const struct timeline_lane *from = &figure->timeline->lanes[lane];
    uint64_t sum = 0;
    for (size_t i = 0; i < from->n_spans; i++) {
        const struct timeline_span *span = &from->spans[i];
        if (span->state == TIMELINE_RUNS &&
            overlaps(span, figure->begin_ns, figure->end_ns)) {
            uint64_t begin = span->begin_ns > figure->begin_ns
                                 ? span->begin_ns
                                 : figure->begin_ns;
            uint64_t end =
                span->end_ns < figure->end_ns ? span->end_ns : figure->end_ns;
            sum += end - begin;
        }
    }
    return 100.0 * (double)sum / (double)(figure->end_ns - figure->begin_ns);
}

static void format_share(char *text, size_t size, double percent)
{
    if (percent > 0 && percent < 0.5) {
        snprintf(text, size, "< 1 %%");
    } else {
        snprintf(text, size, "%.0f %%", percent);
    }
}

/* Giving way is drawn as waiting: it is over at once, or becomes that. */
static bool is_drawn_as(enum timeline_state state, enum timeline_state drawn)
{
    return state == drawn ||
           (state == TIMELINE_GIVES_WAY && drawn == TIMELINE_WAITS);
}

/* The first line of each block names its columns; one more row, out of sight,
 * keeps gnuplot from missing a block that has none. */
static void put_spans(const struct timeline_figure *figure,
                      const struct rows *rows, enum timeline_state drawn,
                      FILE *out)
{
    const struct timeline *timeline = figure->timeline;
    fputs("\n\nrow\tbegin\tend\n0\t-2\t-1\n", out);
    for (size_t i = 0; i < timeline->n; i++) {
        const struct timeline_lane *lane = &timeline->lanes[i];
        for (size_t k = 0; k < lane->n_spans && rows->row[i] > 0; k++) {
            const struct timeline_span *span = &lane->spans[k];
            if (!is_drawn_as(span->state, drawn) ||
                !overlaps(span, figure->begin_ns, figure->end_ns)) {
                continue;
            }
            uint64_t end =
                span->end_ns < figure->end_ns ? span->end_ns : figure->end_ns;
            uint64_t begin = span->begin_ns > figure->begin_ns
                                 ? span->begin_ns
                                 : figure->begin_ns;
            fprintf(out, "%zu\t%.6f\t%.6f\n", rows->row[i], ms(begin), ms(end));
        }
    }
}

/* The points of one kind, one line each, or only their number. */
static size_t put_points(const struct timeline_figure *figure,
                         const struct rows *rows, enum timeline_kind kind,
                         FILE *out)
{
    const struct timeline *timeline = figure->timeline;
    size_t n = 0;
    for (size_t i = 0; i < timeline->n; i++) {
        const struct timeline_lane *lane = &timeline->lanes[i];
        for (size_t k = 0; k < lane->n_points && rows->row[i] > 0; k++) {
            const struct timeline_point *point = &lane->points[k];
            size_t to =
                point->other < timeline->n ? rows->row[point->other] : 0;
            if (point->kind != kind || !is_within(figure, point->time_ns) ||
                (kind == TIMELINE_ASKS && to == 0)) {
                continue;
            }
            n++;
            if (out) {
                fprintf(out, "%.6f\t%zu\t%zu\n", ms(point->time_ns),
                        rows->row[i], to);
            }
        }
    }
    return n;
}

static void put_facts(const struct timeline_figure *figure,
                      const struct rows *rows, FILE *out)
{
    const struct timeline *timeline = figure->timeline;
    char cell[256], length[32], all[32], more[64] = "";
    uint64_t length_ns = figure->end_ns - figure->begin_ns;
    format_seconds(length, sizeof(length), (double)length_ns * 1e-9);
    format_seconds(all, sizeof(all), (double)timeline->length_ns * 1e-9);
    format_clean(cell, sizeof(cell), figure->subtitle);
    if (rows->left_out > 0) {
        snprintf(more, sizeof(more), "; %zu more lanes are not drawn",
                 rows->left_out);
    }
    fprintf(out, "fact\ttext\tnumber\n");
    fprintf(out, "title\t%s\t%zu\n", figure->title, rows->n);
    fprintf(out, "cell\t%s\t%.6f\n", cell, ms(figure->begin_ns));
    fprintf(out, "caption\t%s%s%s%s\t%.6f\n",
            length_ns < timeline->length_ns ? length : "All",
            length_ns < timeline->length_ns ? " from the middle of a trace of "
                                            : " of a trace of ",
            all, more, ms(figure->end_ns));
    fprintf(out, "state\t%s\t%zu\n", figure->states[TIMELINE_RUNS],
            put_points(figure, rows, TIMELINE_ASKS, NULL));
    fprintf(out, "state\t%s\t%zu\n", figure->states[TIMELINE_WAITS],
            put_points(figure, rows, TIMELINE_IN_VAIN, NULL));
    fprintf(out, "state\t%s\t0\n", figure->states[TIMELINE_BLOCKED]);
    fputs("\n\nlane\tshare\n", out);
    for (size_t i = 0; i < timeline->n; i++) {
        if (rows->row[i] > 0) {
            char share[16];
            bool runs = timeline->lanes[i].n_spans > 0;
            format_share(share, sizeof(share), share_of(figure, i));
            fprintf(out, "%s\t%s %s\n", timeline->lanes[i].name,
                    runs ? share : "only",
                    runs ? figure->states[TIMELINE_RUNS] : "asks");
        }
    }
}

static bool put_data(const struct timeline_figure *figure,
                     const struct rows *rows, const struct scratch *scratch)
{
    FILE *out = scratch_open(scratch, "data.tsv", "we");
    if (!out) {
        return false;
    }
    put_facts(figure, rows, out);
    put_spans(figure, rows, TIMELINE_RUNS, out);
    put_spans(figure, rows, TIMELINE_WAITS, out);
    put_spans(figure, rows, TIMELINE_BLOCKED, out);
    fputs("\n\nms\tfrom\tto\n-1\t0\t0\n", out);
    put_points(figure, rows, TIMELINE_ASKS, out);
    fputs("\n\nms\trow\tto\n-1\t0\t0\n", out);
    put_points(figure, rows, TIMELINE_IN_VAIN, out);
    return scratch_close(out);
}

/* The picture in a sentence, for those who do not see it. */
static char *describe(const struct timeline_figure *figure,
                      const struct rows *rows)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    fprintf(out, "%s, %.3g ms:", figure->subtitle,
            ms(figure->end_ns - figure->begin_ns));
    for (size_t i = 0; i < figure->timeline->n; i++) {
        if (rows->row[i] > 0) {
            char share[16];
            format_share(share, sizeof(share), share_of(figure, i));
            fprintf(out, " %s %s %s;", figure->timeline->lanes[i].name, share,
                    figure->states[TIMELINE_RUNS]);
        }
    }
    fprintf(out, " %zu drop requests, %zu vain wake-ups.",
            put_points(figure, rows, TIMELINE_ASKS, NULL),
            put_points(figure, rows, TIMELINE_IN_VAIN, NULL));
    must(fclose(out) == 0);
    return text;
}

static void put_svg(const struct timeline_figure *figure,
                    const struct rows *rows, const char *picture, FILE *out)
{
    _cleanup_(free_p) char *description = describe(figure, rows);
    struct svg_text text = {
        .name = "timeline", .title = figure->title, .description = description};
    svg_text_rewrite(picture, &text, out);
}

/* The state that a lane is in for most of the time between two. */
static enum timeline_state most_of(const struct timeline_lane *lane,
                                   uint64_t begin_ns, uint64_t end_ns)
{
    uint64_t time_ns[TIMELINE_STATES] = {0};
    enum timeline_state best = TIMELINE_ABSENT;
    for (size_t i = 0; i < lane->n_spans; i++) {
        const struct timeline_span *span = &lane->spans[i];
        if (overlaps(span, begin_ns, end_ns)) {
            uint64_t begin =
                span->begin_ns > begin_ns ? span->begin_ns : begin_ns;
            uint64_t end = span->end_ns < end_ns ? span->end_ns : end_ns;
            time_ns[span->state] += end - begin;
        }
    }
    for (int i = 0; i < TIMELINE_STATES; i++) {
        if (time_ns[i] > time_ns[best]) {
            best = (enum timeline_state)i;
        }
    }
    return best;
}

/* A letter for each part of the time, whatever the lane does most in it. */
static void put_term(const struct timeline_figure *figure,
                     const struct rows *rows, FILE *out)
{
    static const char letters[TIMELINE_STATES] = {' ', '#', '-', '.', '-'};
    uint64_t length = figure->end_ns - figure->begin_ns;
    char all[32], part[32], subtitle[256];
    format_seconds(all, sizeof(all), (double)length * 1e-9);
    format_seconds(part, sizeof(part), (double)length * 1e-9 / TERM_BAR);
    format_clean(subtitle, sizeof(subtitle), figure->subtitle);
    format_print_folded(figure->title, TERM_WIDTH, out);
    format_print_folded(subtitle, TERM_WIDTH, out);
    fprintf(out, "# %s   - %s   . %s   (what most of each %s is)\n",
            figure->states[TIMELINE_RUNS], figure->states[TIMELINE_WAITS],
            figure->states[TIMELINE_BLOCKED], part);
    for (size_t i = 0; i < figure->timeline->n; i++) {
        const struct timeline_lane *lane = &figure->timeline->lanes[i];
        char bar[TERM_BAR + 1] = "", share[16];
        for (unsigned k = 0; k < TERM_BAR; k++) {
            bar[k] = letters[most_of(
                lane, figure->begin_ns + length * k / TERM_BAR,
                figure->begin_ns + length * (k + 1) / TERM_BAR)];
        }
        format_share(share, sizeof(share), share_of(figure, i));
        if (rows->row[i] > 0) {
            fprintf(out, "%20.20s |%s| %s %s\n", lane->name, bar, share,
                    figure->states[TIMELINE_RUNS]);
        }
    }
    fprintf(out, "%20s  %-*s%s\n", "", TERM_BAR - (int)strlen(all) + 1, "0",
            all);
}

static int draw(const struct timeline_figure *figure, const struct rows *rows,
                const struct scratch *scratch, enum figure_format format,
                FILE *out, struct diag *diag)
{
    const struct embedded_file *script =
        embedded_find(figure_files, "timeline.gp");
    struct gnuplot_job job = {.program = figure->gnuplot,
                              .folder = scratch->folder,
                              .script = "timeline.gp",
                              .argument = figure_formats[format]};
    must(script != NULL);
    if (!scratch_put(scratch, job.script, script) ||
        !put_data(figure, rows, scratch)) {
        return diag_set(diag, -EIO, "cannot write into %s", scratch->folder);
    }
    int r = gnuplot_run(&job, diag);
    if (r < 0) {
        return r;
    }
    size_t size = 0;
    _cleanup_(free_p) char *picture = scratch_read(scratch, "out", &size);
    if (!picture || size == 0) {
        return diag_set(diag, -EIO, "gnuplot drew nothing");
    }
    if (format == FIGURE_SVG) {
        put_svg(figure, rows, picture, out);
    } else {
        fwrite(picture, 1, size, out);
    }
    return 0;
}

int timeline_figure_draw(const struct timeline_figure *figure,
                         enum figure_format format, FILE *out,
                         struct diag *diag)
{
    struct scratch scratch = {0};
    struct rows rows = {0};
    choose_rows(figure, &rows);
    int r = 0;
    if (rows.n == 0 || figure->begin_ns == figure->end_ns) {
        r = diag_set(diag, -ENODATA, "nothing happened there");
    } else if (format == FIGURE_TERM) {
        put_term(figure, &rows, out);
    } else {
        r = scratch_make(&scratch, diag);
        r = r < 0 ? r : draw(figure, &rows, &scratch, format, out, diag);
        scratch_remove(&scratch);
    }
    free(rows.row);
    return r;
}
