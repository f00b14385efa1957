/* SPDX-License-Identifier: MIT */
/*
 * A trace (harness/record/trace_json.h) as people look at it: for each task
 * the spans of its states and the points at which something happened to it,
 * in the order of time, which counts from the begin of what is known of all
 * lanes. And the totals of the window, to be held against the statistics of
 * the same repetition.
 */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum timeline_state {
    TIMELINE_ABSENT, /* there is no task, or it is not known what it does */
    TIMELINE_RUNS,
    TIMELINE_WAITS,
    TIMELINE_BLOCKED, /* it left the lock, or the loop, by itself */
    TIMELINE_GIVES_WAY,
    TIMELINE_STATES,
};

struct timeline_span {
    uint64_t begin_ns;
    uint64_t end_ns;
    enum timeline_state state;
    bool barged; /* TIMELINE_RUNS: it took the lock ahead of those who wait */
    bool forced; /* TIMELINE_RUNS: a drop request ended it */
};

enum timeline_kind {
    TIMELINE_ASKS,    /* `other` to let the lock go */
    TIMELINE_ASKED,   /* by `other` */
    TIMELINE_IN_VAIN, /* woken, and has to wait on */
};

struct timeline_point {
    uint64_t time_ns;
    enum timeline_kind kind;
    size_t other; /* a lane; n where it is not known */
};

struct timeline_lane {
    char name[32];
    struct timeline_span *spans;
    size_t n_spans;
    struct timeline_point *points;
    size_t n_points;
    size_t room;      /* for points */
    uint64_t dropped; /* events of the window that are lost */
};

/* What the events of the window add up to, each lane up to its own marks. */
struct timeline_totals {
    uint64_t runs; /* of gil_threads: acquisitions */
    uint64_t switches;
    uint64_t waits; /* that ended */
    uint64_t forced;
    uint64_t barged;
    uint64_t vain;
    uint64_t asks;
    uint64_t run_ns;
    uint64_t wait_ns;
};

struct timeline {
    struct timeline_lane *lanes;
    size_t n;
    uint64_t window_ns; /* as measured; what is known of all lanes is... */
    uint64_t length_ns; /* ...its end, and all of it if nothing is lost */
    uint64_t dropped;
    uint64_t events;   /* that are there */
    uint64_t untraced; /* threads that had no ring */
    struct timeline_totals totals;
};

/* Reads "trace" of a cell's answer. -EINVAL: it is no trace. */
int timeline_read(const json_t *trace, struct timeline *ret, struct diag *diag);
void timeline_deinit(struct timeline *timeline);

/* Keeps what is between two times, which are then 0 and `length_ns`. Totals
 * and `window_ns` stay those of all of it. */
void timeline_cut(struct timeline *timeline, uint64_t begin_ns,
                  uint64_t end_ns);

/* Adds a point behind the others. */
void timeline_lane_point(struct timeline_lane *lane,
                         struct timeline_point point);

/* Lanes on which something happened. */
bool timeline_lane_used(const struct timeline_lane *lane);

json_t *timeline_totals_to_json(const struct timeline_totals *totals);
