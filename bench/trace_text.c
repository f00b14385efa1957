/* SPDX-License-Identifier: MIT */
/* A trace as lines to read. */
#include "bench/trace.h"

#include "harness/base/must.h"

#include <stdlib.h>
#include <string.h>

/* A span or a point of a lane, by where it begins. */
struct line {
    uint64_t time_ns;
    size_t lane;
    const struct timeline_span *span;   /* NULL: a point */
    const struct timeline_span *before; /* the lane's span until then */
    const struct timeline_point *point;
};

struct lines {
    struct line *lines;
    size_t n;
};

static void add(struct lines *lines, struct line line)
{
    if ((lines->n & (lines->n - 1)) == 0) {
        size_t room = lines->n ? 2 * lines->n : 1;
        lines->lines = reallocarray(lines->lines, room, sizeof(*lines->lines));
        must(lines->lines != NULL);
    }
    lines->lines[lines->n++] = line;
}

/* By time; at the same time the lanes in their order. */
static int by_time(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->time_ns != y->time_ns) {
        return x->time_ns > y->time_ns ? 1 : -1;
    }
    return (x->lane > y->lane) - (x->lane < y->lane);
}

static void collect(const struct timeline *timeline, uint64_t begin_ns,
                    uint64_t end_ns, struct lines *lines)
{
    for (size_t i = 0; i < timeline->n; i++) {
        const struct timeline_lane *lane = &timeline->lanes[i];
        for (size_t k = 0; k < lane->n_spans; k++) {
            const struct timeline_span *span = &lane->spans[k];
            bool joins = k > 0 && span[-1].end_ns == span->begin_ns;
            if (span->begin_ns >= begin_ns && span->begin_ns < end_ns) {
                add(lines, (struct line){.time_ns = span->begin_ns,
                                         .lane = i,
                                         .span = span,
                                         .before = joins ? span - 1 : NULL});
            }
        }
        for (size_t k = 0; k < lane->n_points; k++) {
            const struct timeline_point *point = &lane->points[k];
            if (point->kind != TIMELINE_ASKED && point->time_ns >= begin_ns &&
                point->time_ns < end_ns) {
                add(lines, (struct line){.time_ns = point->time_ns,
                                         .lane = i,
                                         .point = point});
            }
        }
    }
    qsort(lines->lines, lines->n, sizeof(*lines->lines), by_time);
}

static void put_length(const char *words, const struct timeline_span *span,
                       FILE *out)
{
    fprintf(out, "%s %.3f ms", words,
            (double)(span->end_ns - span->begin_ns) * 1e-6);
}

static void put_span(const struct traced *traced, const struct line *line,
                     FILE *out)
{
    const struct timeline_span *span = line->span;
    const struct timeline_span *before = line->before;
    fputs(trace_state_name(traced, line->lane, span->state), out);
    if (span->barged) {
        fputs(", ahead of those who wait", out);
    }
    if (before && before->begin_ns > 0) {
        fprintf(out, ", after %s for",
                trace_state_name(traced, line->lane, before->state));
        put_length("", before, out);
    }
    if (before && before->forced) {
        fputs(", asked to drop", out);
    }
}

static void put_point(const struct timeline *timeline,
                      const struct timeline_point *point, FILE *out)
{
    if (point->kind == TIMELINE_IN_VAIN) {
        fputs("woken in vain", out);
    } else {
        fprintf(out, "asks %s to drop",
                point->other < timeline->n ? timeline->lanes[point->other].name
                                           : "the holder");
    }
}

static int name_width(const struct timeline *timeline)
{
    size_t width = 4;
    for (size_t i = 0; i < timeline->n; i++) {
        size_t n = strlen(timeline->lanes[i].name);
        if (timeline_lane_used(&timeline->lanes[i]) && n > width) {
            width = n;
        }
    }
    return (int)width;
}

void trace_write_text(const struct traced *traced, uint64_t begin_ns,
                      uint64_t end_ns, FILE *out)
{
    const struct timeline *timeline = &traced->timeline;
    struct lines lines = {0};
    int width = name_width(timeline);
    collect(timeline, begin_ns, end_ns, &lines);
    fprintf(out, "%s\nfrom %.3f to %.3f ms of %.3f ms\n\n%10s  %-*s  event\n",
            traced->cell->id, (double)begin_ns * 1e-6, (double)end_ns * 1e-6,
            (double)timeline->length_ns * 1e-6, "ms", width, "lane");
    for (size_t i = 0; i < lines.n; i++) {
        const struct line *line = &lines.lines[i];
        fprintf(out, "%10.3f  %-*s  ", (double)line->time_ns * 1e-6, width,
                timeline->lanes[line->lane].name);
        if (line->span) {
            put_span(traced, line, out);
        } else {
            put_point(timeline, line->point, out);
        }
        fputc('\n', out);
    }
    free(lines.lines);
}
