/* SPDX-License-Identifier: MIT */
#include "bench/cell_json.h"

#include "harness/base/must.h"
#include "harness/topology/placement.h"

#include <stdlib.h>
#include <string.h>

json_t *params_to_json(const struct params *params)
{
    json_t *object = json_object();
    for (size_t i = 0; i < params->n; i++) {
        const struct param_value *value = &params->values[i];
        const struct param *param = value->param;
        char text[PARAM_FORMAT_SIZE];
        param_format(param, value->value, text, sizeof(text));
        json_object_set_new(object, param->name,
                            param->choices || param->text
                                ? json_string(text)
                                : json_integer(value->value));
    }
    return object;
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;
    return (x > y) - (x < y);
}

/* Where the tasks are; tasks that go from one place to another have none. */
static int *places_of(const struct cell *cell, size_t total)
{
    const struct exec_model *model = cell->model;
    bool floats = model->floats && model->floats(&cell->params, total);
    int *pus = must_calloc(total, sizeof(*pus));
    for (size_t i = 0; i < total; i++) {
        pus[i] = floats ? PU_UNBOUND : cell->pus[i];
    }
    return pus;
}

/* [{"pu": 0, "tasks": "0-2:2"}, ...]; the PU is null for unbound tasks. */
static json_t *bindings_to_json(const struct cell *cell)
{
    size_t total = cell->tasks + cell->background;
    json_t *bindings = json_array();
    if (!cell->pus) {
        return bindings;
    }
    int *pus = places_of(cell, total);
    int *sorted = must_calloc(total, sizeof(*sorted));
    memcpy(sorted, pus, total * sizeof(*sorted));
    qsort(sorted, total, sizeof(*sorted), by_number);
    for (size_t i = 0; i < total; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1]) {
            continue;
        }
        char *tasks = placement_tasks_of(pus, total, sorted[i]);
        json_t *pu =
            sorted[i] == PU_UNBOUND ? json_null() : json_integer(sorted[i]);
        json_array_append_new(bindings,
                              json_pack("{so ss}", "pu", pu, "tasks", tasks));
        free(tasks);
    }
    free(sorted);
    free(pus);
    return bindings;
}

json_t *cell_to_json(const struct cell *cell)
{
    static const char *const classes[] = {"cpu", "io", "mixed", "micro"};
    json_t *generator = cell->generator_pu == PU_UNBOUND
                            ? json_null()
                            : json_integer(cell->generator_pu);
    json_t *json = json_pack(
        "{ss ss si ss ss ss ss? sI sI ss so si si si so so}", "id", cell->id,
        "workload", cell->workload->unit.name, "workload_version",
        (int)cell->workload->version, "class", classes[cell->workload->class],
        "step", cell->workload->step_name, "model", cell->model->unit.name,
        "lock", cell->lock ? cell->lock->name : NULL, "tasks",
        (json_int_t)cell->tasks, "background_tasks",
        (json_int_t)cell->background, "placement", cell->placement, "params",
        params_to_json(&cell->params), "reps", (int)cell->reps, "slices",
        (int)cell->slices, "slice_ms", (int)cell->slice_ms, "bindings",
        bindings_to_json(cell), "generator_pu", generator);
    must(json != NULL);
    return json;
}
