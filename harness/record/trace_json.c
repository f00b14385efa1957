/* SPDX-License-Identifier: MIT */
#include "harness/record/trace_json.h"

#include "harness/base/must.h"

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *events_to_json(const struct trace_ring *ring, uint64_t first)
{
    json_t *json = json_array();
    must(json != NULL);
    uint64_t before = ring->begin.time_ns;
    for (uint64_t i = first; i < ring->end.position; i++) {
        const struct trace_event *event = &ring->events[i & ring->mask];
        uint64_t other =
            event->other == TRACE_NOBODY ? 0 : (uint64_t)event->other + 1;
        json_array_append_new(
            json, json_integer((json_int_t)(event->time_ns - before)));
        json_array_append_new(json, count(event->what | other << 8));
        before = event->time_ns;
    }
    return json;
}

static json_t *ring_to_json(const struct trace_ring *ring, uint64_t origin_ns)
{
    uint64_t first;
    uint64_t dropped = trace_window(ring, &first);
    json_t *json = json_pack(
        "{ss so so so so so}", "name", ring->name, "begin_ns",
        count(ring->begin.time_ns - origin_ns), "end_ns",
        count(ring->end.time_ns - origin_ns), "state",
        dropped > 0 ? json_null() : count(ring->begin.state), "dropped",
        count(dropped), "events", events_to_json(ring, first));
    must(json != NULL);
    return json;
}

/* The first of the marks. */
static uint64_t origin_of(const struct trace *trace)
{
    uint64_t origin = UINT64_MAX;
    for (size_t i = 0; i < trace->n; i++) {
        const struct trace_ring *ring = &trace->rings[i];
        if (ring->marked >= 2 && ring->begin.time_ns < origin) {
            origin = ring->begin.time_ns;
        }
    }
    return origin;
}

json_t *trace_to_json(const struct trace *trace)
{
    uint64_t origin = origin_of(trace);
    json_t *lanes = json_array();
    must(lanes != NULL);
    for (size_t i = 0; i < trace->n; i++) {
        const struct trace_ring *ring = &trace->rings[i];
        json_array_append_new(lanes, ring->marked >= 2
                                         ? ring_to_json(ring, origin)
                                         : json_object());
    }
    json_t *json = json_pack("{so so}", "untraced", count(trace->untraced),
                             "lanes", lanes);
    must(json != NULL);
    return json;
}
