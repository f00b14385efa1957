/* SPDX-License-Identifier: MIT */
/*
 * GNU Pth: tasks with stacks and priorities in one thread. Its input and
 * output wait by select(), which ends at 1,024 descriptors, so it serves no
 * echo here.
 */
#include "peers/scheduled.h"

#include <pth.h>

static pth_attr_t attr; /* of all tasks */

static int begin(struct peer_run *run, struct diag *diag)
{
    int size = (int)params_get(run->params, "stack_kib") * 1024;
    attr = pth_init() ? pth_attr_new() : NULL;
    if (!attr) {
        return diag_set(diag, -ENOMEM, "GNU Pth cannot start");
    }
    pth_attr_set(attr, PTH_ATTR_STACK_SIZE, size);
    pth_attr_set(attr, PTH_ATTR_JOINABLE, TRUE);
    return 0;
}

static void *spawn(struct peer_run *run, scheduled_fn *fn, void *arg)
{
    (void)run;
    return pth_spawn(attr, fn, arg);
}

static bool join(void *task)
{
    return pth_join(task, NULL);
}

static void yield(void)
{
    pth_yield(NULL);
}

static const struct scheduler scheduler = {.name = "GNU Pth",
                                           .begin = begin,
                                           .spawn = spawn,
                                           .join = join,
                                           .yield = yield};

#define YIELD(ex) ((void)(ex), yield())
NESTED_CHAINS(struct exec *, YIELD)

static void *yields(void *task)
{
    return scheduled_yields(task, &scheduler, nested_chains);
}

static void *spawns(void *task)
{
    return scheduled_spawns(task, &scheduler);
}

static int run_all(struct peer_run *run, struct diag *diag, scheduled_fn *fn)
{
    int rc = scheduled_run(run, &scheduler, fn, diag);
    if (attr) {
        pth_attr_destroy(attr);
        pth_kill();
    }
    return rc;
}

static int pth_switch(struct peer_run *run, struct diag *diag)
{
    return run_all(run, diag, yields);
}

static int pth_spawn_join(struct peer_run *run, struct diag *diag)
{
    return run_all(run, diag, spawns);
}

const struct peer peer_pth = {
    .unit = {.name = "pth",
             .summary = "GNU Pth: tasks with stacks and priorities",
             .unavailable = peer_switches_unseen},
    .work = {[NATIVE_SWITCH] = pth_switch, [NATIVE_SPAWN] = pth_spawn_join},
};
