/* SPDX-License-Identifier: MIT */
#include "harness/exec/trace.h"

#include "harness/base/clock.h"
#include "harness/base/must.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

static uint64_t power_of_two(uint64_t n)
{
    uint64_t power = TRACE_EVENTS_MIN;
    while (power < n) {
        power *= 2;
    }
    return power;
}

static void ring_init(struct trace *trace, size_t index, uint64_t events)
{
    struct trace_ring *ring = &trace->rings[index];
    ring->events = trace->events + index * events;
    ring->mask = events - 1;
    ring->common = &trace->rings[trace->n - 1];
    ring->index = (uint32_t)index;
    snprintf(ring->name, sizeof(ring->name), "%s %zu",
             index < trace->tasks ? "task" : "spawned",
             index < trace->tasks ? index : index - trace->tasks);
}

size_t trace_rings(size_t tasks)
{
    return 2 * tasks + 1;
}

/* memset, so that no task is the first to touch a page. */
struct trace *trace_new(size_t tasks, size_t events)
{
    struct trace *trace = must_calloc(1, sizeof(*trace));
    uint64_t each = power_of_two(events);
    trace->tasks = tasks;
    trace->n = trace_rings(tasks);
    size_t size = trace->n * sizeof(*trace->rings);
    trace->rings = must_aligned_alloc(_Alignof(struct trace_ring), size);
    memset(trace->rings, 0, size);
    size = trace->n * each * sizeof(*trace->events);
    trace->events = malloc(size);
    must(trace->events != NULL);
    memset(trace->events, 0, size);
    for (size_t i = 0; i < trace->n; i++) {
        ring_init(trace, i, each);
    }
    return trace;
}

void trace_free(struct trace *trace)
{
    if (trace) {
        free(trace->rings);
        free(trace->events);
        free(trace);
    }
}

struct trace_ring *trace_spawned(struct trace *trace)
{
    if (trace->spawned == trace->tasks) {
        trace->untraced++;
        return NULL;
    }
    return &trace->rings[trace->tasks + trace->spawned++];
}

struct trace_ring *trace_common(struct trace *trace, const char *name)
{
    struct trace_ring *ring = &trace->rings[trace->n - 1];
    snprintf(ring->name, sizeof(ring->name), "%s", name);
    return ring;
}

void trace_put(struct trace_ring *ring, uint64_t time_ns, uint32_t what,
               uint32_t other)
{
    if (atomic_load_explicit(&ring->closed, memory_order_relaxed)) {
        return;
    }
    uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    ring->events[at & ring->mask] =
        (struct trace_event){.time_ns = time_ns, .what = what, .other = other};
    atomic_store_explicit(&ring->written, at + 1, memory_order_relaxed);
    if (TRACE_KIND(what) < TRACE_STATES) {
        atomic_store_explicit(&ring->state, TRACE_KIND(what),
                              memory_order_relaxed);
        atomic_store_explicit(&ring->since_ns, time_ns, memory_order_relaxed);
    }
}

void trace_note(struct trace_ring *ring, uint32_t what, uint32_t other)
{
    uint64_t now = clock_now_ns();
    trace_begin(ring);
    trace_put(ring, now, what, other);
    trace_end(ring);
}

/* A section is some ten instructions, but its thread may have lost its PU. */
uint32_t trace_read(const struct trace_ring *ring)
{
    uint32_t section;
    while ((section = atomic_load_explicit((_Atomic uint32_t *)&ring->section,
                                           memory_order_acquire)) &
           1u) {
        sched_yield();
    }
    return section;
}

struct trace_mark trace_mark_now(const struct trace_ring *ring,
                                 uint64_t time_ns)
{
    struct trace_ring *self = (struct trace_ring *)ring;
    return (struct trace_mark){
        .position = atomic_load_explicit(&self->written, memory_order_relaxed),
        .time_ns = time_ns,
        .since_ns = atomic_load_explicit(&self->since_ns, memory_order_relaxed),
        .state = atomic_load_explicit(&self->state, memory_order_relaxed)};
}

/* Reads by writing what is there: the readings before it cannot come later
 * than the writer's next section, which has to wait for this one. */
bool trace_read_was_whole(struct trace_ring *ring, uint32_t section)
{
    return atomic_fetch_add_explicit(&ring->section, 0, memory_order_acq_rel) ==
           section;
}

void trace_set_mark(struct trace_ring *ring, const struct trace_mark *mark)
{
    unsigned marked = ring->marked++;
    if (marked == 0) {
        ring->begin = *mark;
    } else if (marked == 1) {
        ring->end = *mark;
        atomic_store_explicit(&ring->closed, true, memory_order_relaxed);
    }
}

void trace_mark(struct trace_ring *ring)
{
    struct trace_mark mark;
    uint32_t section;
    do {
        section = trace_read(ring);
        mark = trace_mark_now(ring, clock_now_ns());
    } while (!trace_read_was_whole(ring, section));
    trace_set_mark(ring, &mark);
}

uint64_t trace_window(const struct trace_ring *ring, uint64_t *ret_first)
{
    uint64_t written = atomic_load_explicit((_Atomic uint64_t *)&ring->written,
                                            memory_order_relaxed);
    uint64_t first = ring->begin.position;
    uint64_t oldest = written > ring->mask ? written - ring->mask - 1 : 0;
    if (oldest <= first) {
        *ret_first = first;
        return 0;
    }
    uint64_t last = ring->end.position;
    *ret_first = oldest < last ? oldest : last;
    return *ret_first - first;
}
