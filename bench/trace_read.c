/* SPDX-License-Identifier: MIT */
#include "bench/trace_read.h"

#include "harness/base/must.h"
#include "plots/format.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define LANES_MAX 4096
#define NS_MAX    1e15 /* a trace of eleven days is none */

struct lane_id {
    json_int_t tid;
    size_t room; /* for spans */
};

struct reader {
    struct trace_stored *trace;
    struct lane_id *ids; /* by lane */
    json_int_t pid;
    const char *reason; /* why it is refused */
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_phase(const json_t *event, const char *phase)
{
    return strcmp(text_of(event, "ph"), phase) == 0;
}

static bool read_ns(const json_t *event, const char *key, uint64_t *ret)
{
    const json_t *value = json_object_get(event, key);
    double ns = json_number_value(value) * 1e3;
    if (!json_is_number(value) || !(ns >= 0 && ns <= NS_MAX)) {
        return false;
    }
    *ret = (uint64_t)llround(ns);
    return true;
}

/* The lane of that thread; `n` where there is none. */
static size_t lane_of(const struct reader *reader, const json_t *event)
{
    size_t i = 0;
    json_int_t tid = json_integer_value(json_object_get(event, "tid"));
    while (i < reader->trace->timeline.n && reader->ids[i].tid != tid) {
        i++;
    }
    return i;
}

static size_t lane_called(const struct timeline *timeline, const char *name)
{
    char clean[sizeof(timeline->lanes->name)];
    size_t i = 0;
    format_clean(clean, sizeof(clean), name);
    while (i < timeline->n && strcmp(timeline->lanes[i].name, clean) != 0) {
        i++;
    }
    return i;
}

/* Names of the process and of its threads. */
static int read_name(struct reader *reader, const json_t *event)
{
    struct timeline *timeline = &reader->trace->timeline;
    const char *what = text_of(event, "name");
    const char *name = text_of(json_object_get(event, "args"), "name");
    json_int_t pid = json_integer_value(json_object_get(event, "pid"));
    if (strcmp(what, "process_name") == 0) {
        if (reader->pid != 0 || pid <= 0) {
            return -EINVAL;
        }
        reader->pid = pid;
        format_clean(reader->trace->cell, sizeof(reader->trace->cell), name);
    }
    if (strcmp(what, "thread_name") == 0) {
        if (timeline->n == LANES_MAX) {
            reader->reason = "a trace of more than 4096 threads is not drawn";
            return -EINVAL;
        }
        if (lane_of(reader, event) < timeline->n) {
            return -EINVAL;
        }
        struct timeline_lane *lane = &timeline->lanes[timeline->n];
        reader->ids[timeline->n++].tid =
            json_integer_value(json_object_get(event, "tid"));
        format_clean(lane->name, sizeof(lane->name), name);
    }
    return 0;
}

static int read_names(struct reader *reader, const json_t *events)
{
    size_t i;
    const json_t *event;
    json_array_foreach(events, i, event)
    {
        if (is_phase(event, "M") && read_name(reader, event) < 0) {
            return -EINVAL;
        }
    }
    return reader->pid > 0 ? 0 : -EINVAL;
}

/* The state of a name, and whether only lanes of loops have it. */
static bool read_state(struct reader *reader, const char *name,
                       enum timeline_state *ret)
{
    for (int kind = 0; kind < 3; kind++) {
        for (int i = TIMELINE_RUNS; i < TIMELINE_STATES; i++) {
            enum timeline_state state = (enum timeline_state)i;
            if (strcmp(name, trace_state_word(kind > 0, kind > 1, state)) ==
                0) {
                reader->trace->loop |= kind > 0;
                *ret = state;
                return true;
            }
        }
    }
    return false;
}

static int read_span(struct reader *reader, const json_t *event)
{
    struct timeline *timeline = &reader->trace->timeline;
    struct timeline_span span = {0};
    uint64_t length;
    size_t at = lane_of(reader, event);
    if (at == timeline->n || !read_ns(event, "ts", &span.begin_ns) ||
        !read_ns(event, "dur", &length) ||
        !read_state(reader, text_of(event, "name"), &span.state)) {
        return -EINVAL;
    }
    struct timeline_lane *lane = &timeline->lanes[at];
    if (lane->n_spans > 0 &&
        span.begin_ns < lane->spans[lane->n_spans - 1].end_ns) {
        return -EINVAL; /* a thread is in one state at a time */
    }
    if (lane->n_spans == reader->ids[at].room) {
        size_t room = lane->n_spans ? 2 * lane->n_spans : 16;
        lane->spans = reallocarray(lane->spans, room, sizeof(*lane->spans));
        must(lane->spans != NULL);
        reader->ids[at].room = room;
    }
    span.end_ns = span.begin_ns + length;
    lane->spans[lane->n_spans++] = span;
    if (span.end_ns > timeline->length_ns) {
        timeline->length_ns = span.end_ns;
    }
    return 0;
}

static int read_point(struct reader *reader, const json_t *event)
{
    struct timeline *timeline = &reader->trace->timeline;
    const json_t *args = json_object_get(event, "args");
    struct timeline_point point = {0};
    size_t at = lane_of(reader, event);
    if (at == timeline->n || !read_ns(event, "ts", &point.time_ns)) {
        return -EINVAL;
    }
    while (strcmp(text_of(event, "name"), trace_point_word(point.kind)) != 0) {
        if (point.kind == TIMELINE_IN_VAIN) {
            return -EINVAL;
        }
        point.kind++;
    }
    bool asks = point.kind == TIMELINE_ASKS;
    point.other =
        lane_called(timeline, text_of(args, asks ? "holder" : "waiter"));
    timeline_lane_point(&timeline->lanes[at], point);
    return 0;
}

static int read_events(struct reader *reader, const json_t *events)
{
    int rc = 0;
    size_t i;
    const json_t *event;
    json_array_foreach(events, i, event)
    {
        if (rc == 0 && is_phase(event, "X")) {
            rc = read_span(reader, event);
        } else if (rc == 0 && is_phase(event, "i")) {
            rc = read_point(reader, event);
        }
    }
    if (rc == 0 && reader->trace->timeline.length_ns == 0) {
        reader->reason = "a trace in which no time passes";
        rc = -EINVAL;
    }
    return rc;
}

int trace_read_stored(const json_t *json, struct trace_stored *ret,
                      struct diag *diag)
{
    const json_t *events = json_object_get(json, "traceEvents");
    *ret = (struct trace_stored){0};
    ret->timeline.lanes = must_calloc(LANES_MAX, sizeof(*ret->timeline.lanes));
    struct reader reader = {
        .trace = ret,
        .reason = "not a trace of one cell that gilbench trace has written"};
    reader.ids = must_calloc(LANES_MAX, sizeof(*reader.ids));
    int rc = json_is_array(events) ? read_names(&reader, events) : -EINVAL;
    rc = rc < 0 ? rc : read_events(&reader, events);
    free(reader.ids);
    if (rc < 0) {
        timeline_deinit(&ret->timeline);
        return diag_set(diag, rc, "%s", reader.reason);
    }
    return 0;
}
