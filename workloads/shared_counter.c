/* SPDX-License-Identifier: MIT */
/* One counter, added to by all tasks or by its own: the smallest object that
 * can be shared (sharing/counter.h). */
#include "workloads/sharing/counter.h"

#include "harness/base/must.h"

#include <string.h>

static void *make_counter(struct sharing_task *maker)
{
    const struct sharing *strategy = maker->shared->strategy;
    struct shared_counter *counter =
        must_aligned_alloc(_Alignof(struct shared_counter), sizeof(*counter));
    memset(counter, 0, sizeof(*counter));
    if (strategy->shield_init) {
        strategy->shield_init(&counter->shield);
    }
    return counter;
}

static int shared_counter_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    sharing_prepare(run, 1, make_counter);
    return 0;
}

static void shared_counter_main(struct exec *ex, struct workload_run *run)
{
    sharing_strategy(run->params)->counter(ex, run);
}

static uint64_t total_of(const struct shared_counter *counter)
{
    uint64_t total = counter->value;
    for (int i = 0; i < SHIELD_STRIPES; i++) {
        total += counter->parts[i].value;
    }
    return total;
}

static int shared_counter_verify(struct workload_run *run, struct diag *diag)
{
    const struct sharing_run *shared = run->state;
    uint64_t total = 0;
    for (size_t i = 0; i < shared->objects; i++) {
        total += shared->object[i] ? total_of(shared->object[i]) : 0;
    }
    return sharing_verify(run, total, diag);
}

static void shared_counter_cleanup(struct workload_run *run)
{
    struct sharing_run *shared = run->state;
    for (size_t i = 0; i < shared->objects; i++) {
        struct shared_counter *counter = shared->object[i];
        if (counter && shared->strategy->shield_deinit) {
            shared->strategy->shield_deinit(&counter->shield);
        }
        free(counter);
    }
    sharing_cleanup(run);
}

static const char *shared_counter_unsupported(const struct params *params,
                                              size_t tasks, const char *model)
{
    (void)tasks;
    (void)model;
    const struct sharing *strategy = sharing_strategy(params);
    return sharing_unsupported(strategy, strategy->counter);
}

/* SHARING_NAME: the strategy's place in the list. */
enum {
#define X(name) SHARING_##name,
#include "sharing_list.h"
#undef X
};

static const struct param shared_counter_params[] = {
    SHARING_STRATEGY(SHARING_object_lock),
    SHARING_LEVEL,
    SHARING_WRITE_PCT(100),
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_shared_counter = {
    .unit = {.name = "shared_counter",
             .summary = "a counter that is added to, made safe or not shared",
             .params = shared_counter_params},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one addition, or one look",
    .state_size = sizeof(struct sharing_run),
    .task_size = sizeof(struct sharing_task),
    .needs_with = sharing_needs,
    .unsafe = sharing_unsafe,
    .unsupported = shared_counter_unsupported,
    .prepare = shared_counter_prepare,
    .main = shared_counter_main,
    .verify = shared_counter_verify,
    .cleanup = shared_counter_cleanup,
};
