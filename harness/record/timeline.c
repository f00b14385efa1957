/* SPDX-License-Identifier: MIT */
#include "harness/record/timeline.h"

#include "harness/base/must.h"
#include "harness/exec/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OTHER_SHIFT 8

/* A lane's events as they are read, one after the other. Times are those of
 * the trace until the end of timeline_read(). */
struct reader {
    struct timeline *timeline;
    struct timeline_lane *lane;
    uint64_t begin_ns;
    uint64_t end_ns;
    uint64_t time_ns; /* of the event, not before the begin */
    enum trace_kind kind;
    bool waits; /* from wait_ns on */
    uint64_t wait_ns;
};

static enum timeline_state state_of(enum trace_kind kind)
{
    switch (kind) {
    case TRACE_RUNS:
        return TIMELINE_RUNS;
    case TRACE_WAITS:
    case TRACE_TAKES:
        return TIMELINE_WAITS;
    case TRACE_LEAVES:
        return TIMELINE_BLOCKED;
    case TRACE_GIVES_WAY:
        return TIMELINE_GIVES_WAY;
    default:
        return TIMELINE_ABSENT;
    }
}

static struct timeline_span *last_span(struct timeline_lane *lane)
{
    return lane->n_spans > 0 ? &lane->spans[lane->n_spans - 1] : NULL;
}

/* Room is there: a lane has no more spans than events, and one. */
static struct timeline_span *add_span(struct timeline_lane *lane,
                                      enum timeline_state state,
                                      uint64_t time_ns)
{
    struct timeline_span *span = &lane->spans[lane->n_spans++];
    *span = (struct timeline_span){
        .begin_ns = time_ns, .end_ns = time_ns, .state = state};
    return span;
}

static void end_span(struct reader *reader)
{
    struct timeline_span *span = last_span(reader->lane);
    if (!span) {
        return;
    }
    span->end_ns = reader->time_ns;
    if (span->state == TIMELINE_RUNS) {
        reader->timeline->totals.run_ns += span->end_ns - span->begin_ns;
    }
}

static void end_wait(struct reader *reader)
{
    if (reader->waits) {
        reader->timeline->totals.wait_ns += reader->time_ns - reader->wait_ns;
        reader->waits = false;
    }
}

static void begin_wait(struct reader *reader)
{
    reader->waits = true;
    reader->wait_ns = reader->time_ns;
}

static void take_state(struct reader *reader, uint32_t what)
{
    enum timeline_state state = state_of(reader->kind);
    struct timeline_span *span = last_span(reader->lane);
    if (span && span->state == TIMELINE_RUNS && (what & TRACE_FORCED)) {
        span->forced = true;
    }
    end_wait(reader);
    if (reader->kind == TRACE_WAITS) {
        begin_wait(reader);
    }
    /* Two in a row are one, but each run is one of its own. */
    if (!span || span->state != state || state == TIMELINE_RUNS) {
        end_span(reader);
        span = add_span(reader->lane, state, reader->time_ns);
        span->barged = (what & TRACE_BARGED) != 0;
    }
}

void timeline_lane_point(struct timeline_lane *lane,
                         struct timeline_point point)
{
    if (lane->n_points == lane->room) {
        lane->room = lane->room ? 2 * lane->room : 16;
        lane->points =
            reallocarray(lane->points, lane->room, sizeof(*lane->points));
        must(lane->points != NULL);
    }
    lane->points[lane->n_points++] = point;
}

static void take_point(struct reader *reader, uint64_t other)
{
    size_t n = reader->timeline->n;
    struct timeline_point point = {
        .time_ns = reader->time_ns,
        .kind = reader->kind == TRACE_ASKS ? TIMELINE_ASKS : TIMELINE_IN_VAIN,
        .other = other > 0 && other <= n ? (size_t)other - 1 : n};
    timeline_lane_point(reader->lane, point);
}

static void count_event(struct timeline_totals *totals, uint32_t what)
{
    enum trace_kind kind = TRACE_KIND(what);
    totals->runs += kind == TRACE_RUNS;
    totals->switches += kind == TRACE_RUNS && (what & TRACE_SWITCHED) != 0;
    totals->barged += kind == TRACE_RUNS && (what & TRACE_BARGED) != 0;
    totals->waits += kind == TRACE_TAKES;
    totals->vain += kind == TRACE_IN_VAIN;
    totals->asks += kind == TRACE_ASKS;
    totals->forced += (what & TRACE_FORCED) != 0;
}

static void take_event(struct reader *reader, uint64_t code)
{
    uint32_t what = (uint32_t)(code & ((1u << OTHER_SHIFT) - 1));
    reader->kind = TRACE_KIND(what);
    count_event(&reader->timeline->totals, what);
    if (reader->kind < TRACE_STATES) {
        take_state(reader, what);
    } else {
        take_point(reader, code >> OTHER_SHIFT);
    }
}

/* A whole number from `min` to 2^53. */
static int get_number(const json_t *json, int64_t min, int64_t *ret)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json) || value < min || value > (json_int_t)1 << 53) {
        return -EINVAL;
    }
    *ret = value;
    return 0;
}

static int read_events(struct reader *reader, const json_t *events)
{
    uint64_t time_ns = reader->begin_ns;
    for (size_t i = 0; i + 1 < json_array_size(events); i += 2) {
        int64_t delta, code;
        if (get_number(json_array_get(events, i), -(INT64_C(1) << 53), &delta) <
                0 ||
            get_number(json_array_get(events, i + 1), 0, &code) < 0 ||
            TRACE_KIND((uint32_t)code & 15u) >= TRACE_KINDS) {
            return -EINVAL;
        }
        time_ns += (uint64_t)delta;
        reader->time_ns = (int64_t)time_ns < (int64_t)reader->begin_ns
                              ? reader->begin_ns
                          : time_ns > reader->end_ns ? reader->end_ns
                                                     : time_ns;
        take_event(reader, (uint64_t)code);
    }
    return 0;
}

static int read_header(const json_t *json, struct reader *reader,
                       int64_t *ret_state)
{
    struct timeline_lane *lane = reader->lane;
    const char *name = json_string_value(json_object_get(json, "name"));
    int64_t begin, end, dropped;
    if (!name || get_number(json_object_get(json, "begin_ns"), 0, &begin) < 0 ||
        get_number(json_object_get(json, "end_ns"), begin, &end) < 0 ||
        get_number(json_object_get(json, "dropped"), 0, &dropped) < 0 ||
        !json_is_array(json_object_get(json, "events"))) {
        return -EINVAL;
    }
    snprintf(lane->name, sizeof(lane->name), "%s", name);
    lane->dropped = (uint64_t)dropped;
    reader->begin_ns = (uint64_t)begin;
    reader->end_ns = (uint64_t)end;
    *ret_state = TRACE_ENDS;
    if (dropped == 0 &&
        (get_number(json_object_get(json, "state"), 0, ret_state) < 0 ||
         *ret_state >= TRACE_STATES)) {
        return -EINVAL;
    }
    return 0;
}

static int read_lane(const json_t *json, struct reader *reader)
{
    int64_t state;
    if (!json_is_object(json)) {
        return -EINVAL;
    }
    if (json_object_size(json) == 0) {
        return 0;
    }
    if (read_header(json, reader, &state) < 0) {
        return -EINVAL;
    }
    struct timeline_lane *lane = reader->lane;
    const json_t *events = json_object_get(json, "events");
    size_t n = json_array_size(events) / 2;
    lane->spans = must_calloc(n + 1, sizeof(*lane->spans));
    reader->time_ns = reader->begin_ns;
    add_span(lane, state_of((enum trace_kind)state), reader->begin_ns);
    if (state == TRACE_WAITS) {
        begin_wait(reader);
    }
    if (read_events(reader, events) < 0) {
        return -EINVAL;
    }
    reader->time_ns = reader->end_ns;
    end_wait(reader);
    end_span(reader);
    reader->timeline->events += n;
    reader->timeline->dropped += lane->dropped;
    return 0;
}

/* Where the times of all lanes begin and end. */
struct extent {
    uint64_t begin_ns;
    uint64_t known_ns; /* from here on nothing is lost */
    uint64_t end_ns;
};

/* A lane that has lost events is known from its first state on, which ends
 * the span without one. */
static void narrow(struct extent *extent, const struct reader *reader)
{
    const struct timeline_lane *lane = reader->lane;
    if (lane->n_spans == 0) {
        return;
    }
    uint64_t known =
        lane->dropped > 0 ? lane->spans[0].end_ns : reader->begin_ns;
    if (reader->begin_ns > extent->begin_ns) {
        extent->begin_ns = reader->begin_ns;
    }
    if (known > extent->known_ns) {
        extent->known_ns = known;
    }
    if (reader->end_ns < extent->end_ns) {
        extent->end_ns = reader->end_ns;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct timeline_point *left = a, *right = b;
    return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

/* Those who are asked see it on their own lane. */
static void add_asked(struct timeline *timeline, size_t from)
{
    const struct timeline_lane *lane = &timeline->lanes[from];
    size_t own = lane->n_points;
    for (size_t i = 0; i < own; i++) {
        struct timeline_point point = lane->points[i];
        if (point.kind == TIMELINE_ASKS && point.other < timeline->n) {
            struct timeline_lane *to = &timeline->lanes[point.other];
            timeline_lane_point(
                to, (struct timeline_point){.time_ns = point.time_ns,
                                            .kind = TIMELINE_ASKED,
                                            .other = from});
        }
    }
}

static void complete_points(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->n; i++) {
        add_asked(timeline, i);
    }
    for (size_t i = 0; i < timeline->n; i++) {
        struct timeline_lane *lane = &timeline->lanes[i];
        if (lane->n_points > 1) {
            qsort(lane->points, lane->n_points, sizeof(*lane->points), by_time);
        }
    }
}

/* Keeps what is known of all lanes, and counts the time from there. */
static void cut_lane(struct timeline_lane *lane, const struct extent *extent)
{
    uint64_t begin = extent->known_ns;
    uint64_t end = extent->end_ns;
    size_t n = 0;
    for (size_t i = 0; i < lane->n_spans; i++) {
        struct timeline_span span = lane->spans[i];
        span.begin_ns = span.begin_ns > begin ? span.begin_ns : begin;
        if (span.end_ns > end) {
            span.end_ns = end;
            span.forced = false;
        }
        if (span.state != TIMELINE_ABSENT && span.begin_ns < span.end_ns) {
            span.begin_ns -= begin;
            span.end_ns -= begin;
            lane->spans[n++] = span;
        }
    }
    lane->n_spans = n;
    n = 0;
    for (size_t i = 0; i < lane->n_points; i++) {
        struct timeline_point point = lane->points[i];
        if (point.time_ns >= begin && point.time_ns <= end) {
            point.time_ns -= begin;
            lane->points[n++] = point;
        }
    }
    lane->n_points = n;
}

static void cut(struct timeline *timeline, struct extent extent)
{
    if (extent.end_ns == UINT64_MAX || extent.end_ns < extent.begin_ns) {
        extent.end_ns = extent.begin_ns;
    }
    if (extent.known_ns > extent.end_ns) {
        extent.known_ns = extent.end_ns;
    }
    for (size_t i = 0; i < timeline->n; i++) {
        cut_lane(&timeline->lanes[i], &extent);
    }
    timeline->window_ns = extent.end_ns - extent.begin_ns;
    timeline->length_ns = extent.end_ns - extent.known_ns;
}

static int read_lanes(const json_t *trace, struct timeline *timeline,
                      struct extent *extent)
{
    const json_t *lanes = json_object_get(trace, "lanes");
    int64_t untraced;
    if (!json_is_array(lanes) ||
        get_number(json_object_get(trace, "untraced"), 0, &untraced) < 0) {
        return -EINVAL;
    }
    timeline->untraced = (uint64_t)untraced;
    timeline->n = json_array_size(lanes);
    timeline->lanes = must_calloc(timeline->n, sizeof(*timeline->lanes));
    for (size_t i = 0; i < timeline->n; i++) {
        struct reader reader = {.timeline = timeline,
                                .lane = &timeline->lanes[i]};
        if (read_lane(json_array_get(lanes, i), &reader) < 0) {
            return -EINVAL;
        }
        narrow(extent, &reader);
    }
    return 0;
}

int timeline_read(const json_t *trace, struct timeline *ret, struct diag *diag)
{
    struct timeline timeline = {0};
    struct extent extent = {.end_ns = UINT64_MAX};
    if (read_lanes(trace, &timeline, &extent) < 0) {
        timeline_deinit(&timeline);
        return diag_set(diag, -EINVAL, "the cell's process sent no trace");
    }
    complete_points(&timeline);
    cut(&timeline, extent);
    *ret = timeline;
    return 0;
}

void timeline_cut(struct timeline *timeline, uint64_t begin_ns, uint64_t end_ns)
{
    struct extent extent = {.known_ns = begin_ns, .end_ns = end_ns};
    for (size_t i = 0; i < timeline->n; i++) {
        cut_lane(&timeline->lanes[i], &extent);
    }
    timeline->length_ns = end_ns - begin_ns;
}

void timeline_deinit(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->n; i++) {
        free(timeline->lanes[i].spans);
        free(timeline->lanes[i].points);
    }
    free(timeline->lanes);
    *timeline = (struct timeline){0};
}

bool timeline_lane_used(const struct timeline_lane *lane)
{
    return lane->n_spans > 0 || lane->n_points > 0;
}

json_t *timeline_totals_to_json(const struct timeline_totals *totals)
{
    json_t *json = json_pack(
        "{sI sI sI sI sI sI sI sI sI}", "runs", (json_int_t)totals->runs,
        "switches", (json_int_t)totals->switches, "waits",
        (json_int_t)totals->waits, "forced", (json_int_t)totals->forced,
        "barged", (json_int_t)totals->barged, "vain", (json_int_t)totals->vain,
        "asks", (json_int_t)totals->asks, "run_ns", (json_int_t)totals->run_ns,
        "wait_ns", (json_int_t)totals->wait_ns);
    must(json != NULL);
    return json;
}
