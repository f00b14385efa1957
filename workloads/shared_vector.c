/* SPDX-License-Identifier: MIT */
/* A vector with get, set, append and iterate (sharing/vector.h). */
#include "workloads/sharing/vector.h"

#include "harness/base/must.h"

#include <errno.h>
#include <string.h>

static void *make_vector(struct sharing_task *maker)
{
    const struct sharing *strategy = maker->shared->strategy;
    struct shared_vector *vector =
        must_aligned_alloc(_Alignof(struct shared_vector), sizeof(*vector));
    memset(vector, 0, sizeof(*vector));
    vector->places = maker->shared->span;
    vector->room = VECTOR_ROOM * vector->places;
    vector->length = vector->places;
    vector->slots = must_calloc(vector->room, sizeof(*vector->slots));
    for (uint64_t i = 0; i < vector->places; i++) {
        vector->slots[i] = sharing_box_new(maker, i, 0, NULL);
    }
    if (strategy->shield_init) {
        strategy->shield_init(&vector->shield);
    }
    return vector;
}

static int shared_vector_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    sharing_prepare(run, (size_t)params_get(run->params, "elements"),
                    make_vector);
    return 0;
}

static void shared_vector_main(struct exec *ex, struct workload_run *run)
{
    sharing_strategy(run->params)->vector(ex, run);
}

/* After so many appends to a vector that cuts itself at its room. */
static uint64_t length_after(const struct shared_vector *vector,
                             uint64_t appended)
{
    uint64_t more = vector->room - vector->places;
    return vector->places + (appended ? (appended - 1) % more + 1 : 0);
}

static int check_vector(const struct shared_vector *vector, uint64_t appended,
                        uint64_t *values, struct diag *diag)
{
    uint64_t length = length_after(vector, appended);
    if (vector->length != length) {
        return diag_set(
            diag, -EBADMSG, "the vector is %llu long and should be %llu",
            (unsigned long long)vector->length, (unsigned long long)length);
    }
    for (uint64_t i = 0; i < length; i++) {
        const struct sharing_box *box = vector->slots[i];
        *values += box->value;
        if (box->key != i || box->check != sharing_box_check(i, box->value)) {
            return diag_set(diag, -EBADMSG, "place %llu has a wrong box",
                            (unsigned long long)i);
        }
    }
    return 0;
}

static int shared_vector_verify(struct workload_run *run, struct diag *diag)
{
    const struct sharing_run *shared = run->state;
    uint64_t values = 0;
    uint64_t appended = 0;
    uint64_t there = 0;
    for (size_t i = 0; i < run->tasks; i++) {
        const struct sharing_task *task = run->task_state[i];
        appended += task->appended;
        if (shared->objects > 1 || i + 1 == run->tasks) {
            const struct shared_vector *vector =
                shared->object[shared->objects > 1 ? i : 0];
            int rc = vector ? check_vector(vector, appended, &values, diag) : 0;
            if (rc < 0) {
                return rc;
            }
            there += vector ? vector->length : 0;
            appended = 0;
        }
    }
    sharing_reclaim_boxes(run);
    int rc = sharing_verify_memory(run, there, diag);
    return rc < 0 ? rc : sharing_verify(run, values, diag);
}

static void free_vector(struct sharing_run *shared,
                        struct shared_vector *vector)
{
    if (shared->strategy->shield_deinit) {
        shared->strategy->shield_deinit(&vector->shield);
    }
    free(vector->slots);
    free(vector);
}

static void shared_vector_cleanup(struct workload_run *run)
{
    struct sharing_run *shared = run->state;
    for (size_t i = 0; i < shared->objects; i++) {
        if (shared->object[i]) {
            free_vector(shared, shared->object[i]);
        }
    }
    sharing_cleanup(run);
}

static const char *shared_vector_unsupported(const struct params *params,
                                             size_t tasks, const char *model)
{
    (void)tasks;
    (void)model;
    const struct sharing *strategy = sharing_strategy(params);
    return sharing_unsupported(strategy, strategy->vector);
}

/* SHARING_NAME: the strategy's place in the list. */
enum {
#define X(name) SHARING_##name,
#include "sharing_list.h"
#undef X
};

static const struct param shared_vector_params[] = {
    SHARING_STRATEGY(SHARING_object_lock),
    SHARING_LEVEL,
    SHARING_WRITE_PCT(20),
    SHARING_HOT_PCT,
    SHARING_ELEMENTS(256, "places that are always in the vector"),
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_shared_vector = {
    .unit = {.name = "shared_vector",
             .summary = "a vector, made safe or not shared",
             .params = shared_vector_params},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one get, set, append or iterate",
    .state_size = sizeof(struct sharing_run),
    .task_size = sizeof(struct sharing_task),
    .needs_with = sharing_needs,
    .unsafe = sharing_unsafe,
    .unsupported = shared_vector_unsupported,
    .prepare = shared_vector_prepare,
    .main = shared_vector_main,
    .verify = shared_vector_verify,
    .cleanup = shared_vector_cleanup,
};
