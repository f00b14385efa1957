/* SPDX-License-Identifier: MIT */
#include "workloads/sharing/sharing.h"

#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "workloads/sharing/box.h"

#include <errno.h>
#include <string.h>

#define X(name) extern const struct sharing sharing_##name;
#include "sharing_list.h"
#undef X

#define X(name) &sharing_##name,
const struct sharing *const sharing_all[] = {
#include "sharing_list.h"
    NULL};
#undef X

#define X(name) #name,
const char *const sharing_names[] = {
#include "sharing_list.h"
    NULL};
#undef X

const char *const sharing_level_names[] = {
    [SHARING_NONE] = "none",
    [SHARING_READ] = "read",
    [SHARING_WRITE] = "write",
    NULL,
};

const struct sharing *sharing_strategy(const struct params *params)
{
    return sharing_all[params_get(params, "strategy")];
}

const char *sharing_unsafe(const struct params *params)
{
    bool shares = params_get(params, "sharing") != SHARING_NONE;
    return shares && sharing_strategy(params)->unsafe
               ? "strategy=plain changes shared objects by plain operations"
               : NULL;
}

enum exec_sharing sharing_needs(const struct params *params)
{
    return params_get(params, "sharing") == SHARING_NONE ? EXEC_SHARES_MEMORY
                                                         : EXEC_SHARES_OBJECTS;
}

const char *sharing_unsupported(const struct sharing *strategy,
                                sharing_loop *loop)
{
    const char *why =
        strategy->unit.unavailable ? strategy->unit.unavailable() : NULL;
    return why || loop ? why : "the strategy is not for objects of this kind";
}

void sharing_prepare(struct workload_run *run, size_t span,
                     void *(*make)(struct sharing_task *maker))
{
    struct sharing_run *shared = run->state;
    shared->strategy = sharing_strategy(run->params);
    shared->level = (enum sharing_level)params_get(run->params, "sharing");
    shared->tasks = run->tasks;
    shared->span = span;
    shared->make = make;
    shared->objects = shared->level == SHARING_NONE ? run->tasks : 1;
    shared->object = must_calloc(shared->objects, sizeof(void *));
    size_t size = run->tasks * sizeof(*shared->owners);
    shared->owners = must_aligned_alloc(_Alignof(struct refcount_owner), size);
    memset(shared->owners, 0, size);
    for (size_t i = 0; i < run->tasks; i++) {
        shared->owners[i].ex = &run->execs[i];
    }
    qsbr_init(&shared->qsbr, run->tasks);
    if (shared->strategy->run_init) {
        shared->strategy->run_init(shared);
    }
    shared->maker = (struct sharing_task){.shared = shared, .number = 1};
    if (shared->level != SHARING_NONE) {
        shared->object[0] = make(&shared->maker);
    }
}

void sharing_cleanup(struct workload_run *run)
{
    struct sharing_run *shared = run->state;
    if (shared->strategy && shared->strategy->run_deinit) {
        shared->strategy->run_deinit(shared);
    }
    sharing_pool_free(&shared->maker);
    for (size_t i = 0; i < run->tasks; i++) {
        if (run->task_state[i]) {
            sharing_pool_free(run->task_state[i]);
        }
    }
    qsbr_deinit(&shared->qsbr);
    free(shared->owners);
    free(shared->object);
}

/* The same accesses in every process, others in every task. */
static void choose(struct sharing_task *me, const struct workload_run *run)
{
    const struct sharing_run *shared = run->state;
    struct rng rng = {.state = me->number};
    uint64_t hot = (uint64_t)params_get_or(run->params, "hot_pct", 0);
    uint64_t write = (uint64_t)params_get(run->params, "write_pct");
    for (size_t i = 0; i < SHARING_PICKS; i++) {
        struct sharing_pick *pick = &me->picks[i];
        pick->at = rng_below(&rng, 100) < hot
                       ? 0
                       : (uint16_t)rng_below(&rng, shared->span);
        pick->write =
            shared->level != SHARING_READ && rng_below(&rng, 100) < write;
    }
}

struct sharing_task *sharing_begin(struct exec *ex, struct workload_run *run)
{
    struct sharing_run *shared = run->state;
    struct sharing_task *me = workload_task(run, ex);
    me->shared = shared;
    me->ex = ex;
    me->number = ex->index + 1;
    me->owner = &shared->owners[ex->index];
    choose(me, run);
    void **object = sharing_object(shared, ex->index);
    if (shared->level == SHARING_NONE) {
        *object = shared->make(me);
    }
    me->object = *object;
    return me;
}

int sharing_verify(const struct workload_run *run, uint64_t found,
                   struct diag *diag)
{
    uint64_t written = 0;
    uint64_t wrong = 0;
    for (size_t i = 0; i < run->tasks; i++) {
        const struct sharing_task *task = run->task_state[i];
        written += task->written;
        wrong += task->wrong;
    }
    if (wrong) {
        return diag_set(diag, -EBADMSG, "%llu reads found what cannot be",
                        (unsigned long long)wrong);
    }
    if (found != written) {
        return diag_set(diag, -EBADMSG,
                        "%llu updates were made and %llu are there",
                        (unsigned long long)written, (unsigned long long)found);
    }
    return 0;
}

void sharing_reclaim_boxes(const struct workload_run *run)
{
    const struct sharing_run *shared = run->state;
    for (size_t i = 0; i < run->tasks; i++) {
        struct sharing_task *task = run->task_state[i];
        struct qsbr_retired *node;
        while ((node = qsbr_reclaim_last(&task->retired)) != NULL) {
            sharing_box_free(task,
                             container_of(node, struct sharing_box, retired));
        }
        if (shared->strategy->task_settle) {
            shared->strategy->task_settle(task);
        }
    }
}

int sharing_verify_memory(const struct workload_run *run, uint64_t there,
                          struct diag *diag)
{
    const struct sharing_run *shared = run->state;
    uint64_t made = shared->maker.made;
    uint64_t freed = shared->maker.freed;
    for (size_t i = 0; i < run->tasks; i++) {
        const struct sharing_task *task = run->task_state[i];
        made += task->made;
        freed += task->freed;
    }
    return made == freed + there
               ? 0
               : diag_set(diag, -EBADMSG,
                          "%llu objects were made, %llu freed, %llu are there",
                          (unsigned long long)made, (unsigned long long)freed,
                          (unsigned long long)there);
}
