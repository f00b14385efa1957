/* SPDX-License-Identifier: MIT */
/* A hash map with get, set, insert, remove and iterate (sharing/map.h). */
#include "workloads/sharing/map.h"

#include "harness/base/must.h"

#include <errno.h>
#include <string.h>

static uint64_t power_of_two_from(uint64_t n)
{
    uint64_t power = 1;
    while (power < n) {
        power *= 2;
    }
    return power;
}

static void *make_map(struct sharing_task *maker)
{
    const struct sharing *strategy = maker->shared->strategy;
    struct shared_map *map =
        must_aligned_alloc(_Alignof(struct shared_map), sizeof(*map));
    memset(map, 0, sizeof(*map));
    map->keys = maker->shared->span;
    map->mask = power_of_two_from(map->keys) - 1;
    map->buckets = must_calloc(map->mask + 1, sizeof(*map->buckets));
    for (uint64_t key = 0; key < map->keys; key++) {
        struct sharing_box **link = &map->buckets[map_bucket(map, key)];
        *link = sharing_box_new(maker, key, 0, *link);
    }
    if (strategy->shield_init) {
        strategy->shield_init(&map->shield);
    }
    return map;
}

static int shared_map_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    sharing_prepare(run, (size_t)params_get(run->params, "elements"), make_map);
    return 0;
}

static void shared_map_main(struct exec *ex, struct workload_run *run)
{
    sharing_strategy(run->params)->map(ex, run);
}

/* What is in a map: values, keys that are always there, visitors. */
struct census {
    uint64_t values;
    uint64_t keys;
    uint64_t visitors;
    bool wrong;
};

static void count_map(const struct shared_map *map, struct census *census)
{
    for (uint64_t i = 0; i <= map->mask; i++) {
        for (struct sharing_box *box = map->buckets[i]; box; box = box->next) {
            census->values += box->value;
            census->keys += box->key < map->keys;
            census->visitors += box->key >= map->keys;
            census->wrong =
                census->wrong || map_bucket(map, box->key) != i ||
                box->check != sharing_box_check(box->key, box->value);
        }
    }
}

static void settle(const struct sharing_run *shared, struct shared_map *map)
{
    if (shared->strategy->map_settle) {
        shared->strategy->map_settle(map);
    }
}

static int shared_map_verify(struct workload_run *run, struct diag *diag)
{
    const struct sharing_run *shared = run->state;
    struct census census = {0};
    uint64_t maps = 0;
    uint64_t visitors = 0;
    for (size_t i = 0; i < shared->objects; i++) {
        if (shared->object[i]) {
            settle(shared, shared->object[i]);
            count_map(shared->object[i], &census);
            maps++;
        }
    }
    for (size_t i = 0; i < run->tasks; i++) {
        const struct sharing_task *task = run->task_state[i];
        visitors += task->visitor_in;
    }
    if (census.wrong || census.keys != maps * shared->span ||
        census.visitors != visitors) {
        return diag_set(diag, -EBADMSG,
                        "the map has %llu keys and %llu visitors where %llu "
                        "and %llu belong",
                        (unsigned long long)census.keys,
                        (unsigned long long)census.visitors,
                        (unsigned long long)(maps * shared->span),
                        (unsigned long long)visitors);
    }
    sharing_reclaim_boxes(run);
    int rc = sharing_verify_memory(run, census.keys + census.visitors, diag);
    return rc < 0 ? rc : sharing_verify(run, census.values, diag);
}

static void free_map(struct sharing_run *shared, struct shared_map *map)
{
    if (shared->strategy->shield_deinit) {
        shared->strategy->shield_deinit(&map->shield);
    }
    free(map->buckets);
    free(map);
}

static void shared_map_cleanup(struct workload_run *run)
{
    struct sharing_run *shared = run->state;
    for (size_t i = 0; i < shared->objects; i++) {
        if (shared->object[i]) {
            free_map(shared, shared->object[i]);
        }
    }
    sharing_cleanup(run);
}

static const char *shared_map_unsupported(const struct params *params,
                                          size_t tasks, const char *model)
{
    (void)tasks;
    (void)model;
    const struct sharing *strategy = sharing_strategy(params);
    return sharing_unsupported(strategy, strategy->map);
}

/* SHARING_NAME: the strategy's place in the list. */
enum {
#define X(name) SHARING_##name,
#include "sharing_list.h"
#undef X
};

static const struct param shared_map_params[] = {
    SHARING_STRATEGY(SHARING_object_lock),
    SHARING_LEVEL,
    SHARING_WRITE_PCT(20),
    SHARING_HOT_PCT,
    SHARING_ELEMENTS(256, "keys that are always in the map"),
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_shared_map = {
    .unit = {.name = "shared_map",
             .summary = "a hash map, made safe or not shared",
             .params = shared_map_params},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one get, set, insert, remove or iterate",
    .state_size = sizeof(struct sharing_run),
    .task_size = sizeof(struct sharing_task),
    .needs_with = sharing_needs,
    .unsafe = sharing_unsafe,
    .unsupported = shared_map_unsupported,
    .prepare = shared_map_prepare,
    .main = shared_map_main,
    .verify = shared_map_verify,
    .cleanup = shared_map_cleanup,
};
