/* SPDX-License-Identifier: MIT */
/*
 * One repetition of a cell, in this process, from nothing to a verified
 * result:
 *
 *   bind -> prepare -> start (threads and stacks; first touch) -> go ->
 *   warm-up -> slices -> stop -> drain -> verify -> cleanup
 *
 * The controller is the main thread. It sleeps between slice edges and reads
 * the tasks' counters at each edge; the clock is read before and after, and
 * the middle counts. It is not bound while the tasks run.
 */
#pragma once

#include "harness/cell/cell.h"
#include "harness/record/repetition.h"

/* What a run measured; owns everything `repetition` points to. */
struct life {
    struct repetition repetition;
    struct repetition_slice *slices;
    struct repetition_thread *threads;
    uint64_t *task_steps;
    struct repetition_lock lock;
    struct repetition_loop loop;
    struct repetition_stop stop;
    struct trace *trace; /* NULL: none was taken */
    struct hist latency;
    struct hist service;
};

/*
 * Runs one repetition. `cell` is resolved: `pus` has an entry per task.
 * binding_init() has been called. -EBADMSG: the work was not done as it should
 * be (verify); any other negative errno: it could not run. `life` can be
 * deinitialised in every case.
 */
int life_run(const struct cell *cell, struct life *life, struct diag *diag);
void life_deinit(struct life *life);
