/* SPDX-License-Identifier: MIT */
/* References taken and dropped, objects made and freed
 * (sharing/refcounted.h). */
#include "workloads/sharing/refcounted.h"

#include "harness/base/must.h"

#include <errno.h>
#include <string.h>

static struct counted **make_objects(struct sharing_task *maker, size_t n)
{
    struct counted **objects = must_calloc(n, sizeof(struct counted *));
    for (size_t i = 0; i < n; i++) {
        objects[i] = counted_new(maker);
    }
    return objects;
}

static void *make_set(struct sharing_task *maker)
{
    struct counted_set *set = must_calloc(1, sizeof(*set));
    set->n = maker->shared->span;
    set->lasting = make_objects(maker, set->n);
    set->slots = make_objects(maker, set->n);
    for (size_t i = 0; maker->shared->strategy->immortal && i < set->n; i++) {
        atomic_store_explicit(&set->lasting[i]->count.local, REFCOUNT_IMMORTAL,
                              memory_order_relaxed);
    }
    return set;
}

static int shared_refcount_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    sharing_prepare(run, (size_t)params_get(run->params, "elements"), make_set);
    return 0;
}

static void shared_refcount_main(struct exec *ex, struct workload_run *run)
{
    sharing_strategy(run->params)->refcount(ex, run);
}

/* What was queued for an owner that had ended before. */
static void merge_queue(struct sharing_task *task)
{
    struct refcount *count;
    bool dead;
    while (task->owner &&
           (count = biased_merge_next(task->owner, &dead)) != NULL) {
        if (dead) {
            counted_free(task, (struct counted *)count);
        }
    }
}

static void reclaim(struct sharing_task *task)
{
    struct qsbr_retired *node;
    while ((node = qsbr_reclaim_last(&task->retired)) != NULL) {
        counted_free(task, container_of(node, struct counted, retired));
    }
}

static int check_set(const struct sharing_run *shared,
                     const struct counted_set *set, struct diag *diag)
{
    int64_t one =
        shared->strategy->immortal ? (int64_t)REFCOUNT_IMMORTAL : INT64_C(1);
    for (size_t i = 0; i < set->n; i++) {
        const struct counted *object = set->lasting[i];
        int64_t total = refcount_total(&object->count);
        if (total != one || object->check != counted_check(object->value)) {
            return diag_set(diag, -EBADMSG,
                            "object %zu has %lld references and should have "
                            "one",
                            i, (long long)total);
        }
        if (refcount_total(&set->slots[i]->count) != 1) {
            return diag_set(diag, -EBADMSG, "slot %zu has a dead object", i);
        }
    }
    return 0;
}

static int shared_refcount_verify(struct workload_run *run, struct diag *diag)
{
    struct sharing_run *shared = run->state;
    uint64_t there = 0;
    for (size_t i = 0; i < run->tasks; i++) {
        struct sharing_task *task = run->task_state[i];
        merge_queue(task);
        reclaim(task);
    }
    for (size_t i = 0; i < shared->objects; i++) {
        const struct counted_set *set = shared->object[i];
        int rc = set ? check_set(shared, set, diag) : 0;
        if (rc < 0) {
            return rc;
        }
        there += set ? 2 * set->n : 0;
    }
    int rc = sharing_verify_memory(run, there, diag);
    return rc < 0 ? rc : sharing_verify(run, 0, diag);
}

static void shared_refcount_cleanup(struct workload_run *run)
{
    struct sharing_run *shared = run->state;
    for (size_t i = 0; i < shared->objects; i++) {
        struct counted_set *set = shared->object[i];
        if (set) {
            free(set->lasting);
            free(set->slots);
            free(set);
        }
    }
    sharing_cleanup(run);
}

static const char *shared_refcount_unsupported(const struct params *params,
                                               size_t tasks, const char *model)
{
    (void)tasks;
    (void)model;
    const struct sharing *strategy = sharing_strategy(params);
    return sharing_unsupported(strategy, strategy->refcount);
}

/* SHARING_NAME: the strategy's place in the list. */
enum {
#define X(name) SHARING_##name,
#include "sharing_list.h"
#undef X
};

static const struct param shared_refcount_params[] = {
    SHARING_STRATEGY(SHARING_biased),
    SHARING_LEVEL,
    SHARING_WRITE_PCT(10),
    SHARING_HOT_PCT,
    SHARING_ELEMENTS(16, "objects that outlive the run, and slots"),
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_shared_refcount = {
    .unit = {.name = "shared_refcount",
             .summary = "references taken and dropped, objects freed by others",
             .params = shared_refcount_params},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one reference taken and dropped",
    .state_size = sizeof(struct sharing_run),
    .task_size = sizeof(struct sharing_task),
    .needs_with = sharing_needs,
    .unsafe = sharing_unsafe,
    .unsupported = shared_refcount_unsupported,
    .prepare = shared_refcount_prepare,
    .main = shared_refcount_main,
    .verify = shared_refcount_verify,
    .cleanup = shared_refcount_cleanup,
};
