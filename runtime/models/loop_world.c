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

void loop_world_init(struct loop_world *loop, const struct exec_setup *setup)
{
    loop->guard = (struct guard){enter, leave, leave, poll};
    loop->world = world_new(setup->params, setup->phase);
    if (loop->world) {
        world_join(loop->world, &loop->member, NULL);
    }
}

void loop_world_deinit(struct loop_world *loop)
{
    if (loop->world) {
        world_leave(loop->world, &loop->member);
        world_free(loop->world);
    }
}

void loop_world_start(struct loop_world *loop)
{
    if (loop->world) {
        world_start(loop->world);
    }
}

void loop_world_end(struct loop_world *loop)
{
    if (loop->world) {
        world_end(loop->world);
    }
}

void loop_world_stats(const struct loop_world *loop, struct exec_stats *ret)
{
    if (loop->world) {
        ret->to_stop = loop->world->to_stop;
        ret->pause = loop->world->pause;
    }
}
