/* SPDX-License-Identifier: MIT */
/*
 * The JSON object form of Chrome's trace events, which Perfetto opens too: a
 * process for each cell, a thread for each lane, "X" for the span of a state,
 * "i" for a point, "M" for names. Times are microseconds.
 */
#include "bench/trace.h"

#include "harness/base/must.h"
#include "harness/record/build_info.h"
#include "harness/record/json_value.h"

#include <inttypes.h>

/* Where the next event goes. */
struct chrome {
    FILE *out;
    bool first;
    size_t pid;
    size_t tid;
};

static void separate(struct chrome *chrome)
{
    fputs(chrome->first ? "\n" : ",\n", chrome->out);
    chrome->first = false;
}

static void put_time(const char *key, uint64_t ns, FILE *out)
{
    fprintf(out, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000,
            (unsigned)(ns % 1000));
}

/* {"ph":"M"}: what the process or a thread is called, or where it stands. */
static void put_meta(struct chrome *chrome, const char *what, json_t *value)
{
    const char *key = json_is_string(value) ? "name" : "sort_index";
    json_t *json = json_pack("{ss ss sI sI s{so}}", "name", what, "ph", "M",
                             "pid", (json_int_t)chrome->pid, "tid",
                             (json_int_t)chrome->tid, "args", key, value);
    must(json != NULL);
    separate(chrome);
    must(json_dumpf(json, chrome->out, JSON_COMPACT) == 0 ||
         ferror(chrome->out));
    json_decref(json);
}

static void put_head(struct chrome *chrome, const char *name, char phase,
                     uint64_t time_ns)
{
    separate(chrome);
    fprintf(chrome->out,
            "{\"name\":\"%s\",\"ph\":\"%c\",\"pid\":%zu,"
            "\"tid\":%zu",
            name, phase, chrome->pid, chrome->tid);
    put_time("ts", time_ns, chrome->out);
}

static void put_span(struct chrome *chrome, const struct traced *traced,
                     size_t lane, const struct timeline_span *span)
{
    put_head(chrome, trace_state_name(traced, lane, span->state), 'X',
             span->begin_ns);
    put_time("dur", span->end_ns - span->begin_ns, chrome->out);
    fputs(",\"cat\":\"state\"", chrome->out);
    if (span->barged || span->forced) {
        fprintf(chrome->out, ",\"args\":{%s%s%s}",
                span->barged ? "\"begin\":\"ahead of those who wait\"" : "",
                span->barged && span->forced ? "," : "",
                span->forced ? "\"end\":\"on a drop request\"" : "");
    }
    fputc('}', chrome->out);
}

static void put_point(struct chrome *chrome, const struct traced *traced,
                      const struct timeline_point *point)
{
    put_head(chrome, trace_point_word(point->kind), 'i', point->time_ns);
    fputs(",\"s\":\"t\",\"cat\":\"request\"", chrome->out);
    if (point->other < traced->timeline.n) {
        fprintf(chrome->out, ",\"args\":{\"%s\":\"%s\"}",
                point->kind == TIMELINE_ASKS ? "holder" : "waiter",
                traced->timeline.lanes[point->other].name);
    }
    fputc('}', chrome->out);
}

/* In the order of time; a span before the points at its begin. */
static void put_lane(struct chrome *chrome, const struct traced *traced,
                     size_t index)
{
    const struct timeline_lane *lane = &traced->timeline.lanes[index];
    size_t point = 0;
    for (size_t i = 0; i < lane->n_spans; i++) {
        const struct timeline_span *span = &lane->spans[i];
        while (point < lane->n_points &&
               lane->points[point].time_ns < span->begin_ns) {
            put_point(chrome, traced, &lane->points[point++]);
        }
        put_span(chrome, traced, index, span);
    }
    while (point < lane->n_points) {
        put_point(chrome, traced, &lane->points[point++]);
    }
}

static void put_cell(struct chrome *chrome, const struct traced *traced)
{
    chrome->tid = 0;
    put_meta(chrome, "process_name", json_string(traced->cell->id));
    put_meta(chrome, "process_sort_index",
             json_integer((json_int_t)chrome->pid));
    for (size_t i = 0; i < traced->timeline.n; i++) {
        const struct timeline_lane *lane = &traced->timeline.lanes[i];
        if (timeline_lane_used(lane)) {
            chrome->tid = i + 1;
            put_meta(chrome, "thread_name", json_string(lane->name));
            put_meta(chrome, "thread_sort_index",
                     json_integer((json_int_t)i + 1));
            put_lane(chrome, traced, i);
        }
    }
}

/* What the events add up to, beside what the repetition says of its lock. */
static json_t *facts_of(const struct traced *traced, size_t pid)
{
    const struct timeline *timeline = &traced->timeline;
    json_t *json = json_pack(
        "{sI ss so so sI sI sI so so so sO}", "pid", (json_int_t)pid, "cell",
        traced->cell->id, "window_s",
        json_number((double)timeline->window_ns * 1e-9), "shown_s",
        json_number((double)timeline->length_ns * 1e-9), "events",
        (json_int_t)timeline->events, "dropped", (json_int_t)timeline->dropped,
        "untraced_threads", (json_int_t)timeline->untraced, "steps_per_s",
        json_number(traced->steps_per_s), "untraced_steps_per_s",
        json_number(traced->untraced_steps_per_s), "totals",
        timeline_totals_to_json(&timeline->totals), "lock", traced->lock);
    must(json != NULL);
    return json;
}

void trace_write_chrome(const struct traced *traced, size_t n, FILE *out)
{
    struct chrome chrome = {.out = out, .first = true};
    json_t *cells = json_array();
    fputs("{\"traceEvents\":[", out);
    for (size_t i = 0; i < n; i++) {
        chrome.pid = i + 1;
        put_cell(&chrome, &traced[i]);
        json_array_append_new(cells, facts_of(&traced[i], i + 1));
    }
    fputs("\n],\n\"displayTimeUnit\":\"ms\",\n\"otherData\":", out);
    json_t *facts =
        json_pack("{so so}", "gilbench", build_info(), "cells", cells);
    must(facts != NULL);
    must(json_dumpf(facts, out, JSON_DOCUMENT_FLAGS) == 0 || ferror(out));
    json_decref(facts);
    fputs("}\n", out);
}
