/* SPDX-License-Identifier: MIT */
/*
 * Stopping the world of event loops (runtime/sync/world.h): of each loop there
 * is only its thread to stop, at a safepoint of the task that runs. It is
 * detached while it polls. Jobs of the executor touch no objects and go on.
 */
#pragma once

#include "runtime/sched/guard.h"
#include "runtime/sync/world.h"

struct loop_world {
    struct guard guard;
    struct world *world; /* of all loops of the run; NULL: nobody stops it */
    struct world_member member;
};

/* Joins and leaves `world`, which may be NULL. */
void loop_world_init(struct loop_world *loop, struct world *world);
void loop_world_deinit(struct loop_world *loop);

/* What the loop's thread holds while tasks run, or NULL. */
static inline struct guard *loop_world_guard(struct loop_world *loop)
{
    return loop->world ? &loop->guard : NULL;
}
