/* SPDX-License-Identifier: MIT */
/*
 * What every workload owes under every model that can run it, in one process
 * and through the same life as a real cell: it ends, and its work is verified,
 * with one task and with several, at the least value of each parameter, with
 * every choice, and with the settings below.
 *
 * usage: life WORKLOAD MODEL [KEY VALUE]
 */
#undef NDEBUG
#include "harness/cell/life.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/topology/binding.h"
#include "harness/topology/topology.h"
#include "runtime/locks/lock_policy.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define X(name) extern const struct workload workload_##name;
#include "workload_list.h"
#undef X
#define X(name) extern const struct exec_model exec_model_##name;
#include "model_list.h"
#undef X
#define X(name) extern const struct lock_policy lock_policy_##name;
#include "lock_list.h"
#undef X

#define X(name) &workload_##name,
static const struct workload *const workloads[] = {
#include "workload_list.h"
};
#undef X
#define X(name) &exec_model_##name,
static const struct exec_model *const models[] = {
#include "model_list.h"
};
#undef X

/* Tried wherever a workload has the parameter. */
static const struct setting {
    const char *name;
    const char *text;
} settings[] = {
    {"count", "3"},
    {"yield_steps", "1"},
    {"yield_steps", "7"},
    {"chunk_bytes", "1024"},
    {"chunk_bytes", "65536"},
    {"cpu_tasks", "3"},
    {"rate_per_s", "2000"},
    {"message_bytes", "100000"},
    {"block_bytes", "100000"},
    {"think_us", "500"},
    {"write_pct", "50"},
    {"hot_pct", "100"},
    {"unjoined", "5"},
};

/* Tried with three tasks wherever a model has the parameter. */
static const struct setting model_settings[] = {
    {"stop_world_ms", "1"}, {"interpreters", "2"}, {"loops", "2"},
    {"threads", "2"},       {"workers", "2"},
};

struct stand {
    struct topology *topology;
    const struct workload *workload;
    const struct exec_model *model;
    struct setting always; /* name NULL: none */
};

static void check_descriptor(const struct workload *workload)
{
    assert(workload->unit.name && workload->unit.summary);
    assert(workload->version > 0 && workload->step_name);
    assert(!workload->main != !workload->step);
    assert(workload->verify);
    const struct param *param = workload->unit.params;
    for (; param && param->name; param++) {
        char text[64];
        int64_t value;
        param_format(param, param->def, text, sizeof(text));
        assert(param_parse(param, text, &value, NULL) == 0);
        assert(value == param->def && param->help && param->unit);
    }
}

/* Tasks in turn on all PUs, the generator on the last. */
static void place(const struct stand *stand, struct cell *cell)
{
    const int *pus;
    size_t n = topology_pus(stand->topology, &pus);
    size_t total = cell->tasks + cell->background;
    cell->pus = must_calloc(total, sizeof(*cell->pus));
    for (size_t i = 0; i < total; i++) {
        cell->pus[i] = pus[i % n];
    }
    cell->generator_pu =
        cell->workload->generator == GENERATOR_NONE ? PU_UNBOUND : pus[n - 1];
}

/* Steps of all tasks in the window. */
static uint64_t steps_of(const struct repetition *repetition)
{
    uint64_t steps = 0;
    for (size_t i = 0; i < repetition->n_slices; i++) {
        steps += repetition->slices[i].steps;
        steps += repetition->slices[i].background_steps;
    }
    return steps;
}

/* Runs a placed cell until somebody made a step: a window of 10 ms may pass
 * without one when the machine is busy, one of several seconds may not. */
static void run_life(struct cell *cell)
{
    _cleanup_(free_p) struct life *life = must_calloc(1, sizeof(*life));
    uint64_t steps = 0;
    for (; steps == 0 && cell->slice_ms < 4000; cell->slice_ms *= 4) {
        struct diag diag = {""};
        int rc = life_run(cell, life, &diag);
        if (rc < 0) {
            fprintf(stderr, "%s\n", diag.text);
        }
        assert(rc == 0);
        steps = steps_of(&life->repetition);
        life_deinit(life);
    }
    assert(steps > 0);
}

static void set(struct cell *cell, const struct setting *setting)
{
    struct diag diag = {""};
    assert(params_set(&cell->params, setting->name, setting->text, &diag) == 0);
}

/* Runs one cell. False: this combination cannot run, as the workload says. */
static bool run(const struct stand *stand, size_t tasks,
                const struct setting *setting)
{
    struct cell cell = {
        .workload = stand->workload,
        .model = stand->model,
        .lock = stand->model->takes_lock ? &lock_policy_cpython3.unit : NULL,
        .tasks = tasks,
        .slices = 2,
        .slice_ms = 20};
    cell_params_init(&cell.params, cell.workload, cell.model, cell.lock);
    set(&cell, &(struct setting){"warmup_ms", "10"});
    if (stand->always.name) {
        set(&cell, &stand->always);
    }
    if (setting) {
        set(&cell, setting);
    }
    cell.background = cell.workload->background
                          ? cell.workload->background(&cell.params, cell.tasks)
                          : 0;
    _cleanup_(free_p) char *why = cell_impossible(&cell);
    printf("%zu tasks %s=%s: %s\n", tasks, setting ? setting->name : "",
           setting ? setting->text : "", why ? why : "");
    fflush(stdout); /* the generator is forked from here */
    if (!why) {
        place(stand, &cell);
        run_life(&cell);
    }
    cell_deinit(&cell);
    return !why;
}

static void run_choices(const struct stand *stand, const struct param *param)
{
    for (size_t i = 0; param->choices[i]; i++) {
        struct setting setting = {param->name, param->choices[i]};
        run(stand, 2, &setting);
    }
}

static void run_model_settings(const struct stand *stand)
{
    struct params params = {0};
    params_add(&params, stand->model->unit.params);
    for (size_t i = 0; i < ARRAY_LEN(model_settings); i++) {
        if (params_find(&params, model_settings[i].name)) {
            run(stand, 3, &model_settings[i]);
        }
    }
}

static void run_settings(const struct stand *stand)
{
    const struct param *param = stand->workload->unit.params;
    for (; param && param->name; param++) {
        if (param->choices) {
            run_choices(stand, param);
            continue;
        }
        char text[64];
        param_format(param, param->min, text, sizeof(text));
        struct setting least = {param->name, text};
        run(stand, 2, &least);
        for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
            if (strcmp(settings[i].name, param->name) == 0) {
                run(stand, 3, &settings[i]);
            }
        }
    }
}

/* Why this build or machine cannot run it at all, or NULL. */
static const char *never_runs(const struct stand *stand)
{
    struct cell cell = {.workload = stand->workload, .model = stand->model};
    cell_params_init(&cell.params, cell.workload, cell.model, NULL);
    if (stand->always.name) {
        set(&cell, &stand->always);
    }
    const char *why = unit_cannot_run(&cell.workload->unit, &cell.params);
    return why ? why : unit_cannot_run(&cell.model->unit, &cell.params);
}

int main(int argc, char **argv)
{
    assert(argc == 3 || argc == 5);
    struct stand stand = {0};
    if (argc == 5) {
        stand.always = (struct setting){argv[3], argv[4]};
    }
    struct diag diag;
    for (size_t i = 0; i < ARRAY_LEN(workloads); i++) {
        if (strcmp(workloads[i]->unit.name, argv[1]) == 0) {
            stand.workload = workloads[i];
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        if (strcmp(models[i]->unit.name, argv[2]) == 0) {
            stand.model = models[i];
        }
    }
    assert(stand.workload && stand.model);
    check_descriptor(stand.workload);
    const char *why = never_runs(&stand);
    if (why) {
        printf("%s\n", why);
        return 77;
    }
    assert(topology_load(&stand.topology, &diag) == 0);
    assert(binding_init(&diag) == 0);
    bool ran = run(&stand, 1, NULL);
    ran = run(&stand, 3, NULL) || ran;
    if (ran) {
        run_settings(&stand);
        run_model_settings(&stand);
    }
    binding_deinit();
    topology_free(stand.topology);
    assert(ran || !stand.always.name); /* a peer is said to do it */
    return ran ? 0 : 77;               /* it said why */
}
