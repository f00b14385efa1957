/* SPDX-License-Identifier: MIT */
/*
 * The loop when a trace is taken. The tasks do not know of it: the loop's turn
 * comes after every switch, and it notes who ran until when and who became
 * ready meanwhile. A task is noted as ready when the one that woke it has left
 * the loop.
 *
 * A lane is the ring of events (harness/exec/trace.h) of a task.
 */
#pragma once

#include "runtime/sched/loop.h"

/* As loop_run(). */
void loop_trace_run(struct loop *loop);
