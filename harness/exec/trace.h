/* SPDX-License-Identifier: MIT */
/*
 * Who did what when: a ring of events for every task, for `gilbench trace`.
 *
 * All memory is there and touched before the tasks start. A ring keeps the
 * newest events: one that does not fit any more takes the place of the oldest,
 * and what was lost is known from the numbers. Nobody ever waits for a ring.
 *
 * A count that goes with an event is changed in the same section, between
 * trace_begin() and trace_end(). So the controller can read the counts of a
 * task that runs, and mark the event up to which they go: the statistics of
 * the marked window and the events in it are the same thing counted twice.
 *
 * word       set by                            seen stale?
 * section    the writer: odd inside a section  no: acquire and release
 * written,   the writer, in a section          no: read between two equal
 * state                                        readings of `section`
 * closed     the controller, after its last    yes: a few events beyond the
 *            mark                              mark, which nobody reads
 * events     the writer                        no: read when it has ended
 *
 * The writer is the task's thread; under a lock that forces a thread out of
 * sight of it, also who found it out and holds the lock.
 */
#pragma once

#include "harness/base/cacheline.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first ones are states, which last until the next one. */
enum trace_kind {
    TRACE_ENDS,      /* there is no task, not yet or not any more */
    TRACE_WAITS,     /* for the lock; for its turn on the loop */
    TRACE_TAKES,     /* the wait is over */
    TRACE_RUNS,      /* it has the lock; it is on the loop */
    TRACE_LEAVES,    /* by itself: it blocks, or goes on without the lock */
    TRACE_GIVES_WAY, /* at a safepoint: it wants the lock back at once */
    TRACE_STATES,

    TRACE_ASKS = TRACE_STATES, /* the holder, `other`, to let the lock go */
    TRACE_IN_VAIN,             /* it was woken and has to wait on */
    TRACE_KINDS,
};

/* What else is true of an event. */
enum {
    TRACE_SWITCHED = 1u << 4, /* TRACE_RUNS: another one had it before */
    TRACE_BARGED = 1u << 5,   /* TRACE_RUNS: at once, while others wait */
    TRACE_FORCED = 1u << 6,   /* a drop request brought it about */
};

#define TRACE_KIND(what) ((enum trace_kind)((what)&15u))
#define TRACE_NOBODY     UINT32_MAX

struct trace_event {
    uint64_t time_ns;
    uint32_t what;  /* a kind and flags */
    uint32_t other; /* index of a ring, or TRACE_NOBODY */
};

/* An edge of the window. */
struct trace_mark {
    uint64_t position; /* events before it */
    uint64_t time_ns;
    uint64_t since_ns; /* when the state began that lasts here */
    uint32_t state;
};

struct trace_ring {
    struct trace_event *events;
    uint64_t mask;             /* number of events - 1 */
    struct trace_ring *common; /* for those without a ring of their own */
    uint32_t index;
    _Atomic uint32_t section;
    _Atomic uint64_t written;
    _Atomic uint64_t since_ns;
    _Atomic uint32_t state;
    atomic_bool closed;

    /* The controller's. */
    char name[24];
    unsigned marked;
    struct trace_mark begin;
    struct trace_mark end;
    uint64_t settled; /* spawned: events that are in the statistics */
} __attribute__((aligned(CACHELINE_PAIR)));

/* The rings of a run: of its tasks, of what they spawn, and one in common. */
struct trace {
    struct trace_ring *rings;
    struct trace_event *events;
    size_t n; /* all rings */
    size_t tasks;
    size_t spawned;  /* rings that trace_spawned() has given away */
    size_t untraced; /* threads that it had none for */
};

/* A power of two for each ring. */
#define TRACE_EVENTS_MIN 16u
/* Over all rings: 64 MiB. */
#define TRACE_EVENTS_MAX (1u << 22)

/* How many rings the trace of so many tasks has. */
size_t trace_rings(size_t tasks);
/* `events` for each ring, rounded up to a power of two. */
struct trace *trace_new(size_t tasks, size_t events);
void trace_free(struct trace *trace);

/* The ring for one more thread that a task made, or NULL: there are as many as
 * there are tasks. One call at a time. */
struct trace_ring *trace_spawned(struct trace *trace);
/* Where events of those go who have no ring of their own. */
struct trace_ring *trace_common(struct trace *trace, const char *name);

static inline void trace_begin(struct trace_ring *ring)
{
    atomic_fetch_add_explicit(&ring->section, 1, memory_order_acq_rel);
}

static inline void trace_end(struct trace_ring *ring)
{
    uint32_t section =
        atomic_load_explicit(&ring->section, memory_order_relaxed);
    atomic_store_explicit(&ring->section, section + 1, memory_order_release);
}

/* One event, in a section. */
void trace_put(struct trace_ring *ring, uint64_t time_ns, uint32_t what,
               uint32_t other);
/* One event that no count goes with, now. */
void trace_note(struct trace_ring *ring, uint32_t what, uint32_t other);

/*
 * Reading what is counted beside the events:
 *
 *     do {
 *         section = trace_read(ring);
 *         ... read the counts ...
 *         mark = trace_mark_now(ring, time);
 *     } while (!trace_read_was_whole(ring, section));
 *     trace_set_mark(ring, &mark);
 */
uint32_t trace_read(const struct trace_ring *ring);
struct trace_mark trace_mark_now(const struct trace_ring *ring,
                                 uint64_t time_ns);
bool trace_read_was_whole(struct trace_ring *ring, uint32_t section);

/* The first mark begins the window, the second one ends it; later ones are
 * nothing. */
void trace_set_mark(struct trace_ring *ring, const struct trace_mark *mark);
/* All of it, for a ring without counts: here and now. */
void trace_mark(struct trace_ring *ring);

/* The events of the window that are still there: from `*ret_first` on, up to
 * end.position. Returns how many of the window are lost. */
uint64_t trace_window(const struct trace_ring *ring, uint64_t *ret_first);
