/* SPDX-License-Identifier: MIT */
/*
 * A trace as it stands in the cell protocol:
 *
 *   {"untraced": 0, "lanes": [{"name": "task 0", "begin_ns": 0, "end_ns": N,
 *     "state": 3, "dropped": 0, "events": [DELTA, CODE, DELTA, CODE, ...]}]}
 *
 * A lane has the events of its window. DELTA is the time since the event
 * before in nanoseconds, of the first one since begin_ns (a little less than
 * 0 is possible). CODE is an enum trace_kind with its flags, and from bit 8 on
 * the number of the other lane + 1, or 0. `state` is a TRACE_ kind too, that
 * at begin_ns; null if events were dropped. A lane without a task is empty.
 */
#pragma once

#include "harness/exec/trace.h"

#include <jansson.h>

/* When all tasks have ended. The caller owns the result; never NULL. */
json_t *trace_to_json(const struct trace *trace);
