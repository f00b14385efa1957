/* SPDX-License-Identifier: MIT */
/* Traces of cells, and the forms in which `gilbench trace` shows them. */
#pragma once

#include "harness/cell/cell.h"
#include "harness/record/timeline.h"

#include <stdio.h>

struct traced {
    const struct cell *cell;
    struct timeline timeline;
    json_t *lock;       /* the repetition's, or null */
    double steps_per_s; /* of that repetition, and of one without a trace */
    double untraced_steps_per_s;
};

void traced_deinit(struct traced *traced);

/* "running", "waiting", ...: what a state is called on a lane of the cell. */
const char *trace_state_name(const struct traced *traced, size_t lane,
                             enum timeline_state state);

/* The same without a cell: of threads, of tasks of a loop, or of its lane. */
const char *trace_state_word(bool loop, bool loop_lane,
                             enum timeline_state state);

/* "asks to drop", ... */
const char *trace_point_word(enum timeline_kind kind);

/* The heading of a picture. */
const char *trace_title(bool loop);

/* Chrome trace events, a process a cell. */
void trace_write_chrome(const struct traced *traced, size_t n, FILE *out);

/* One line an event, from `begin_ns` to `end_ns`. */
void trace_write_text(const struct traced *traced, uint64_t begin_ns,
                      uint64_t end_ns, FILE *out);
