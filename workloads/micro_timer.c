/* SPDX-License-Identifier: MIT */
/*
 * Many timers, each set for a random time ahead, again and again: what a store
 * of timers costs. A task sleeps, so under a model it is one timer and its
 * sleeper. A peer sets `tasks` timers in its store and looks every `look_us`
 * which have expired, so that its figure is the store's and not the waiting's.
 *
 * Most timers of real programs are cancelled: `op=cancel` sets and cancels one
 * beside the others, which are far ahead. No verb does that, so it is for peers
 * (one of them is our own store).
 */
#include "harness/base/rng.h"
#include "workloads/verify.h"

#include <string.h>

struct micro_timer_task {
    struct rng rng;
};

enum { EXPIRE, CANCEL };

static const char *const ops[] = {
    [EXPIRE] = "expire", [CANCEL] = "cancel", NULL};

static uint64_t ns_of(const struct workload_run *run, const char *param)
{
    return (uint64_t)params_get(run->params, param) * NS_PER_US;
}

static void micro_timer_main(struct exec *ex, struct workload_run *run)
{
    struct micro_timer_task *task = workload_task(run, ex);
    uint64_t span_ns = ns_of(run, "span_us");
    uint64_t steps = 0;
    task->rng.state = ex->index;
    while (exec_safepoint(ex)) {
        uint64_t deadline_ns =
            clock_now_ns() + 1 + rng_below(&task->rng, span_ns);
        exec_sleep_until(ex, deadline_ns);
        if (clock_now_ns() < deadline_ns) {
            workload_fail(ex, run, -EBADMSG, "waking up too early");
            return;
        }
        exec_progress(ex, ++steps);
    }
}

static void micro_timer_describe(struct workload_run *run,
                                 struct native_work *work)
{
    work->span_ns = ns_of(run, "span_us");
    work->look_ns = ns_of(run, "look_us");
    work->cancels = params_get(run->params, "op") == CANCEL;
}

static const char *micro_timer_unsupported(const struct params *params,
                                           size_t tasks, const char *model)
{
    (void)tasks;
    return params_get(params, "op") == CANCEL && strcmp(model, "peer") != 0
               ? "no verb cancels a timer: ask a peer (own_timers is the store "
                 "of coop_tasks)"
               : NULL;
}

static const struct param micro_timer_params[] = {
    {.name = "op",
     .help = "what becomes of a timer",
     .unit = "",
     .choices = ops,
     .def = EXPIRE},
    {.name = "span_us",
     .help = "a timer is set for a random time up to that from now",
     .unit = "us",
     .def = 1000,
     .min = 1,
     .max = 10000000},
    {.name = "look_us",
     .help = "a peer sleeps so long between two looks at what has expired",
     .unit = "us",
     .def = 1000,
     .min = 1,
     .max = 1000000},
    {0},
};

const struct workload workload_micro_timer = {
    .unit = {.name = "micro_timer",
             .summary = "sets timers, which expire or are cancelled",
             .params = micro_timer_params},
    .class = WORKLOAD_MICRO,
    .version = 2,
    .step_name = "one timer",
    .task_size = sizeof(struct micro_timer_task),
    .native = NATIVE_TIMER,
    .unsupported = micro_timer_unsupported,
    .describe = micro_timer_describe,
    .main = micro_timer_main,
    .verify = verify_nothing_left,
};
