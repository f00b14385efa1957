/* SPDX-License-Identifier: MIT */
/*
 * Stopping the world of an event loop (runtime/sync/world.h): there is only the
 * loop's thread to stop, at a safepoint of the task that runs. It is detached
 * while it polls. Jobs of the executor touch no objects and go on.
 */
#pragma once

#include "harness/exec/exec_model.h"
#include "runtime/sched/guard.h"
#include "runtime/sync/world.h"

struct loop_world {
    struct guard guard;
    struct world *world; /* NULL: nobody stops it */
    struct world_member member;
};

void loop_world_init(struct loop_world *loop, const struct exec_setup *setup);
void loop_world_deinit(struct loop_world *loop);

/* While the loop runs: the collector's thread. */
void loop_world_start(struct loop_world *loop);
void loop_world_end(struct loop_world *loop);

/* Fills what `ret` says of stops. */
void loop_world_stats(const struct loop_world *loop, struct exec_stats *ret);

/* What the loop's thread holds while tasks run, or NULL. */
static inline struct guard *loop_world_guard(struct loop_world *loop)
{
    return loop->world ? &loop->guard : NULL;
}
