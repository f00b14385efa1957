/* SPDX-License-Identifier: MIT */
#include "runtime/models/loop_world.h"

#include <stddef.h>

static struct loop_world *of(struct guard *guard)
{
    return container_of(guard, struct loop_world, guard);
}

static void enter(struct guard *guard)
{
    world_attach(of(guard)->world, &of(guard)->member);
}

static void leave(struct guard *guard)
{
    world_detach(of(guard)->world, &of(guard)->member);
}

static void poll(struct guard *guard)
{
    world_poll(of(guard)->world, &of(guard)->member);
}

void loop_world_init(struct loop_world *loop, struct world *world)
{
    loop->guard = (struct guard){enter, leave, leave, poll};
    loop->world = world;
    if (world) {
        world_join(world, &loop->member, NULL);
    }
}

void loop_world_deinit(struct loop_world *loop)
{
    if (loop->world) {
        world_leave(loop->world, &loop->member);
    }
}
