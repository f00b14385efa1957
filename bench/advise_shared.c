/* SPDX-License-Identifier: MIT */
#include "bench/advise_shared.h"

#include "harness/base/cacheline.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "plots/figure_cell.h"
#include "plots/pairs.h"
#include "workloads/sharing/sharing.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define PREFIX "shared_"

/* Which loop of a strategy is a workload's. */
static const struct {
    const char *object;
    size_t loop;
} objects[] = {
    {"counter", offsetof(struct sharing, counter)},
    {"refcount", offsetof(struct sharing, refcount)},
    {"map", offsetof(struct sharing, map)},
    {"vector", offsetof(struct sharing, vector)},
};

const char *advise_shared_object(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
        if (strcmp(objects[i].object, word) == 0) {
            return objects[i].object;
        }
    }
    return NULL;
}

void advise_shared_objects(char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_LEN(objects) && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i > 0 ? ", " : "", objects[i].object);
    }
}

/* Our own that make this object safe by themselves; those of a library are
 * there to be compared with. */
static json_t *strategies_for(const char *object)
{
    json_t *names = json_array();
    for (size_t i = 0; sharing_all[i]; i++) {
        const struct sharing *strategy = sharing_all[i];
        for (size_t k = 0; k < ARRAY_LEN(objects); k++) {
            sharing_loop *loop;
            memcpy(&loop, (const char *)strategy + objects[k].loop,
                   sizeof(sharing_loop *));
            if (strcmp(objects[k].object, object) == 0 && loop &&
                !strategy->unsafe && !strategy->library) {
                json_array_append_new(names, json_string(sharing_names[i]));
            }
        }
    }
    return names;
}

static json_t *experiment(const struct advise_sharing *sharing, double pus,
                          json_t *models, json_t *strategies)
{
    char workload[32];
    json_t *tasks = json_pack("[i]", 1);
    if (pus > 1) {
        json_array_append_new(tasks, json_integer((json_int_t)pus));
    }
    snprintf(workload, sizeof(workload), PREFIX "%s", sharing->object);
    json_t *json =
        json_pack("{ss so ss so si s{so ss}}", "workload", workload, "model",
                  models, "lock", "cpython3", "tasks", tasks, "slice_ms", 30,
                  "set", "strategy", strategies, "sharing", sharing->level);
    must(json != NULL);
    return json;
}

void advise_shared_plan(const struct advise_sharing *sharing, double pus,
                        json_t *experiments)
{
    json_t *plain = json_pack("[ss]", "gil_threads", "coop_tasks");
    json_array_append_new(
        experiments, experiment(sharing, pus, plain, json_string("plain")));
    json_array_append_new(experiments,
                          experiment(sharing, pus, json_string("free_threads"),
                                     strategies_for(sharing->object)));
}

static bool is(const json_t *cell, const char *key, const char *value)
{
    char text[FIGURE_WORD];
    return figure_cell_text(cell, key, text, sizeof(text)) &&
           strcmp(text, value) == 0;
}

static const char *id_of(const json_t *cell)
{
    const char *id = json_string_value(json_object_get(cell, "id"));
    return id ? id : "";
}

/* The same but for the number of tasks, or with `any` also for the model, the
 * lock, the strategy and what is theirs alone. */
static bool alike(const json_t *a, const json_t *b, bool any)
{
    static const char *const keys[] = {"workload", "placement", "model",
                                       "lock"};
    for (size_t i = 0; i < (any ? 2 : ARRAY_LEN(keys)); i++) {
        if (!json_equal(json_object_get(a, keys[i]),
                        json_object_get(b, keys[i]))) {
            return false;
        }
    }
    const json_t *others = json_object_get(b, "params");
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(a, "params"), key, value)
    {
        const json_t *its = json_object_get(others, key);
        bool free = any && (!its || strcmp(key, "strategy") == 0);
        if (!free && !json_equal(value, its)) {
            return false;
        }
    }
    return true;
}

static bool is_about(const json_t *cell, const struct advise_sharing *sharing)
{
    char workload[32];
    snprintf(workload, sizeof(workload), PREFIX "%s", sharing->object);
    char lock[FIGURE_WORD];
    bool usual = !figure_cell_text(cell, "lock", lock, sizeof(lock)) ||
                 strcmp(lock, "cpython3") == 0;
    return is(cell, "status", "ok") && is(cell, "workload", workload) &&
           is(cell, "sharing", sharing->level) &&
           is(cell, "placement", "per_core") && usual;
}

static double tasks_of(const json_t *cell)
{
    double tasks;
    return figure_cell_number(cell, "tasks", &tasks) ? tasks : NAN;
}

/* The cell with as many tasks as there are PUs, else the most of what is like
 * it; NULL: there is only one task. */
static const json_t *find_all(const json_t *cells, const json_t *one,
                              double pus)
{
    const json_t *best = NULL, *cell;
    size_t i;
    json_array_foreach((json_t *)cells, i, cell)
    {
        double tasks = tasks_of(cell);
        if (is(cell, "status", "ok") && tasks > 1 && alike(one, cell, false) &&
            (!best || tasks == pus ||
             (tasks_of(best) != pus && tasks > tasks_of(best)))) {
            best = cell;
        }
    }
    return best;
}

static const json_t *find_plain(const json_t *cells, const json_t *like)
{
    size_t i;
    const json_t *cell;
    json_array_foreach((json_t *)cells, i, cell)
    {
        if (is(cell, "status", "ok") && is(cell, "model", "gil_threads") &&
            is(cell, "lock", "cpython3") && is(cell, "strategy", "plain") &&
            tasks_of(cell) == 1 && alike(like, cell, true)) {
            return cell;
        }
    }
    return NULL;
}

static void set_price(const json_t *one, const json_t *plain,
                      struct advise_strategy *ret)
{
    static const struct figure_metric per_step = {
        .name = "steps_per_s", .factor = 1, .inverse = true};
    const struct pairs_side own = {.cell = one}, other = {.cell = plain};
    struct figure_value value;
    ret->price = ret->price_low = ret->price_high = NAN;
    if (one == plain) {
        ret->price = 1;
    } else if (plain && pairs_ratio(&own, &other, &per_step, &value)) {
        ret->price = value.median;
        ret->price_low = value.low;
        ret->price_high = value.high;
    }
}

static void set_gain(const json_t *one, const json_t *all,
                     struct advise_strategy *ret)
{
    static const struct figure_metric rate = {.name = "steps_per_s",
                                              .factor = 1};
    const struct pairs_side own = {.cell = all}, other = {.cell = one};
    struct figure_value value;
    if (pairs_ratio(&own, &other, &rate, &value)) {
        ret->gain = value.median;
        ret->gain_high = value.high;
    }
}

/* "free_threads, rcu" */
static void name(const json_t *cell, char *text, size_t size)
{
    static const struct figure_keys keys = {.n = 2, .all = {"model", "lock"}};
    char strategy[FIGURE_WORD] = "";
    figure_cell_label(cell, &keys, text, size);
    if (figure_cell_text(cell, "strategy", strategy, sizeof(strategy))) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, ", %s", strategy);
    }
}

static void add(const json_t *cells, const json_t *one, double pus,
                struct advise_shared *ret)
{
    struct figure_value value;
    if (ret->n == ADVISE_STRATEGIES_MAX ||
        !figure_cell_metric(one, "steps_per_s", &value) ||
        !(value.median > 0)) {
        return;
    }
    struct advise_strategy *new = &ret->all[ret->n++];
    const json_t *all = find_all(cells, one, pus);
    *new = (struct advise_strategy){.cell = id_of(one),
                                    .all_cell = all ? id_of(all) : NULL,
                                    .alone_s = 1 / value.median,
                                    .tasks = NAN,
                                    .rate = NAN,
                                    .low = NAN,
                                    .high = NAN,
                                    .gain = NAN,
                                    .gain_high = NAN,
                                    .safe_alone =
                                        !is(one, "model", "free_threads")};
    name(one, new->name, sizeof(new->name));
    set_price(one, find_plain(cells, one), new);
    if (all && figure_cell_metric(all, "steps_per_s", &value)) {
        new->tasks = tasks_of(all);
        new->rate = value.median;
        new->low = value.low;
        new->high = value.high;
        set_gain(one, all, new);
    }
}

int advise_shared_read(const json_t *document,
                       const struct advise_sharing *sharing,
                       struct advise_shared *ret, struct diag *diag)
{
    const json_t *cells = json_object_get(document, "cells");
    double pus = json_number_value(json_object_get(
        json_object_get(json_object_get(document, "context"), "topology"),
        "pus"));
    *ret = (struct advise_shared){.asked = *sharing};
    size_t i;
    const json_t *cell;
    json_array_foreach((json_t *)cells, i, cell)
    {
        if (is_about(cell, sharing) && tasks_of(cell) == 1) {
            add(cells, cell, pus, ret);
        }
    }
    return ret->n > 0 ? 0
                      : diag_set(diag, -EINVAL,
                                 "no cell of " PREFIX
                                 "%s with one task and sharing=%s has been "
                                 "measured there",
                                 sharing->object, sharing->level);
}

json_t *advise_shared_to_json(const struct advise_shared *shared)
{
    json_t *strategies = json_array();
    for (size_t i = 0; i < shared->n; i++) {
        const struct advise_strategy *strategy = &shared->all[i];
        json_array_append_new(
            strategies,
            json_pack("{ss ss so so so so ss? so so so so}", "name",
                      strategy->name, "cell", strategy->cell, "operation_ns",
                      json_number(strategy->alone_s * 1e9), "price",
                      json_number(strategy->price), "price_low",
                      json_number(strategy->price_low), "price_high",
                      json_number(strategy->price_high), "all_cell",
                      strategy->all_cell, "tasks", json_number(strategy->tasks),
                      "operations_per_s", json_number(strategy->rate), "low",
                      json_number(strategy->low), "high",
                      json_number(strategy->high)));
    }
    json_t *json = json_pack("{ss ss so so}", "object", shared->asked.object,
                             "sharing", shared->asked.level, "operations",
                             json_number(shared->asked.operations),
                             "strategies", strategies);
    must(json != NULL);
    return json;
}
