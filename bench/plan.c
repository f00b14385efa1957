/* SPDX-License-Identifier: MIT */
#include "bench/plan.h"

#include "bench/block.h"
#include "bench/experiment.h"
#include "bench/plan_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/intern.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/record/json_value.h"
#include "harness/topology/placement.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void free_cells(struct cell *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cell_deinit(&cells[i]);
    }
    free(cells);
}

static void expansion_deinit(struct expansion *expansion)
{
    free_cells(expansion->cells, expansion->n);
    json_decref(expansion->seen);
}

void plan_deinit(struct plan *plan)
{
    free(plan->name);
    free_cells(plan->cells, plan->n);
    *plan = (struct plan){0};
}

/* Every key at a plan's top fits some experiment. */
static int check_shared(const json_t *plan, const json_t *used,
                        const char *source, struct diag *diag)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(plan, "set"), key, value)
    {
        if (!json_object_get(used, key)) {
            return diag_set(diag, -EINVAL,
                            "%s: /set: no unit of this plan has a parameter "
                            "'%.64s'",
                            source, key);
        }
    }
    return 0;
}

static void note_used(const struct experiment *experiment, json_t *used)
{
    for (size_t i = 0; i < experiment->n_sets; i++) {
        if (experiment->sets[i].used) {
            json_object_set_new(used, experiment->sets[i].key, json_true());
        }
    }
}

static int expand_plan(const json_t *plan, const char *source,
                       struct expansion *expansion, struct diag *diag)
{
    size_t n = json_array_size(json_object_get(plan, "experiments"));
    _cleanup_(json_decref_p) json_t *used = json_object();
    expansion->blocks = json_object_get(plan, "blocks");
    int r = block_check(expansion->blocks, source, diag);
    for (size_t i = 0; r == 0 && i < n; i++) {
        _cleanup_(experiment_deinit) struct experiment experiment = {0};
        r = experiment_read(plan, i, source, expansion->options, &experiment,
                            diag);
        r = r < 0 ? r : experiment_expand(&experiment, expansion, diag);
        note_used(&experiment, used);
    }
    expansion->blocks = NULL;
    return r < 0 ? r : check_shared(plan, used, source, diag);
}

int plan_check(const json_t *json, const char *source, struct diag *diag)
{
    static const struct plan_request nothing;
    struct experiment_options options = {.request = &nothing};
    _cleanup_(expansion_deinit) struct expansion expansion = {
        .options = &options, .check = true, .seen = json_object()};
    int r = plan_file_check(json, source, diag);
    return r < 0 ? r : expand_plan(json, source, &expansion, diag);
}

static void add_name(char **name, const char *part)
{
    char *joined = NULL;
    must(asprintf(&joined, "%s%s%s", *name ? *name : "", *name ? "+" : "",
                  part) > 0);
    free(*name);
    *name = joined;
}

/* What several plans may take together: no limit if one has none. */
static double add_budget(double budget_s, const json_t *json, bool first)
{
    double own = json_number_value(json_object_get(json, "budget_s"));
    return own > 0.0 && (first || budget_s > 0.0) ? budget_s + own : 0.0;
}

static int expand_plans(const struct plan_request *request,
                        struct expansion *expansion, struct plan *plan,
                        struct diag *diag)
{
    expansion->filter = true;
    for (size_t i = 0; i < request->n_plans; i++) {
        _cleanup_(json_decref_p) json_t *json = NULL;
        int r = plan_file_load(request->plans[i], &json, diag);
        if (r == 0) {
            add_name(&plan->name,
                     json_string_value(json_object_get(json, "plan")));
            plan->budget_s = add_budget(plan->budget_s, json, i == 0);
            r = expand_plan(json, request->plans[i], expansion, diag);
        }
        if (r < 0) {
            return r;
        }
    }
    const struct experiment_options *options = expansion->options;
    const struct selection *all[] = {&options->workload, &options->model,
                                     &options->lock, &options->placement};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(all); i++) {
        r = selection_check_used(all[i], plan->name, diag);
    }
    if (r == 0 && expansion->n == 0) {
        r = diag_set(diag, -EINVAL,
                     "no cell of plan %s has all that was selected",
                     plan->name);
    }
    return r;
}

/* A placement named on the command line must be possible here. */
static int check_placements(const struct experiment *experiment,
                            const struct topology *topology, struct diag *diag)
{
    for (size_t i = 0; i < experiment->placement.n; i++) {
        const char *name = experiment->placement.terms[i].text;
        int r = placement_check(topology, name, diag);
        if (r < 0) {
            return diag_prefix(diag, r, "--placement %.200s", name);
        }
    }
    return 0;
}

static int expand_options(struct expansion *expansion,
                          const struct topology *topology, struct diag *diag)
{
    if (!expansion->options->request->workload) {
        return diag_set(diag, -EINVAL,
                        "name a plan or give --workload; see `gilbench list`");
    }
    _cleanup_(experiment_deinit) struct experiment experiment = {0};
    int r = experiment_from_options(expansion->options, &experiment, diag);
    r = r < 0 ? r : check_placements(&experiment, topology, diag);
    return r < 0 ? r : experiment_expand(&experiment, expansion, diag);
}

static bool cells_have(const struct expansion *expansion, const char *key)
{
    for (size_t i = 0; i < expansion->n; i++) {
        if (params_find(&expansion->cells[i].params, key)) {
            return true;
        }
    }
    return false;
}

/* No selected unit has it: the closest parameter that one has, or the unit
 * that was meant. */
static int unknown_key(const struct expansion *expansion, const char *key,
                       struct diag *diag)
{
    const char *close = NULL;
    for (size_t i = 0; i < expansion->n && !close; i++) {
        const struct params *params = &expansion->cells[i].params;
        const char *names[PARAMS_MAX];
        for (size_t p = 0; p < params->n; p++) {
            names[p] = params->values[p].param->name;
        }
        close = suggest(key, names, params->n);
    }
    for (size_t f = 0; registry_families[f].name && !close; f++) {
        for (size_t u = 0; u < registry_families[f].n; u++) {
            const struct unit *unit = registry_families[f].units[u];
            struct params params = {0};
            params_add(&params, unit->params);
            if (params_find(&params, key)) {
                return diag_set(diag, -EINVAL,
                                "--set %.64s: no selected unit has this "
                                "parameter; %s %s has",
                                key, registry_families[f].singular, unit->name);
            }
        }
    }
    return diag_set(diag, -EINVAL,
                    "--set %.64s: no selected unit has this parameter%s%s%s",
                    key, close ? "; did you mean '" : "", close ? close : "",
                    close ? "'?" : "");
}

static int check_keys(const struct expansion *expansion, struct diag *diag)
{
    const struct experiment_options *options = expansion->options;
    for (size_t i = 0; i < options->n_sets; i++) {
        if (!cells_have(expansion, options->sets[i].key)) {
            return unknown_key(expansion, options->sets[i].key, diag);
        }
    }
    return 0;
}

/* FNV-1a: the digest tells plans apart, it defends against nobody. */
static void hash_text(uint64_t *hash, const char *text)
{
    for (; *text; text++) {
        *hash = (*hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    *hash = (*hash ^ '\n') * UINT64_C(0x100000001b3);
}

static void hash_cell(uint64_t *hash, const struct cell *cell)
{
    char text[160];
    hash_text(hash, cell->id);
    snprintf(text, sizeof(text), "%u %u %u %u", cell->workload->version,
             cell->reps, cell->slices, cell->slice_ms);
    hash_text(hash, text);
    if (cell->block) {
        hash_text(hash, cell->block);
    }
    for (size_t i = 0; i < cell->params.n; i++) {
        const struct param_value *value = &cell->params.values[i];
        /* A text's number depends on what was read before. */
        snprintf(text, sizeof(text), "%s=%" PRId64, value->param->name,
                 value->param->text ? 0 : value->value);
        hash_text(hash, text);
        if (value->param->text) {
            hash_text(hash, interned(value->value));
        }
    }
}

static int parse_shard(const char *text, size_t *ret_i, size_t *ret_n,
                       struct diag *diag)
{
    char *slash = NULL;
    char *end = NULL;
    unsigned long i = strtoul(text, &slash, 10);
    unsigned long n = *slash == '/' ? strtoul(slash + 1, &end, 10) : 0;
    if (!end || *end || text[0] < '0' || text[0] > '9' || slash[1] < '0' ||
        slash[1] > '9' || i < 1 || i > n || n > EXPERIMENT_CELLS_MAX) {
        return diag_set(diag, -EINVAL,
                        "--shard %s: give I/N with 1 <= I <= N, as in 1/4",
                        text);
    }
    *ret_i = i - 1;
    *ret_n = n;
    return 0;
}

/* Keeps every n-th cell. */
static int cut_shard(struct plan *plan, const char *shard, struct diag *diag)
{
    size_t first = 0;
    size_t n = 1;
    int r = shard ? parse_shard(shard, &first, &n, diag) : 0;
    size_t kept = 0;
    plan->of_all = plan->n;
    for (size_t i = 0; r == 0 && i < plan->n; i++) {
        if (i % n == first) {
            plan->cells[kept++] = plan->cells[i];
        } else {
            cell_deinit(&plan->cells[i]);
        }
    }
    plan->n = r < 0 ? plan->n : kept;
    return r;
}

static void take_cells(struct expansion *expansion, struct plan *plan)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < expansion->n; i++) {
        hash_cell(&hash, &expansion->cells[i]);
    }
    snprintf(plan->digest, sizeof(plan->digest), "%016" PRIx64, hash);
    plan->cells = steal(&expansion->cells);
    plan->n = expansion->n;
    expansion->n = 0;
}

int plan_resolve(const struct plan_request *request,
                 const struct topology *topology, struct plan *ret,
                 struct diag *diag)
{
    _cleanup_(plan_deinit) struct plan plan = {0};
    _cleanup_(experiment_options_deinit) struct experiment_options options;
    _cleanup_(expansion_deinit) struct expansion expansion = {
        .options = &options, .seen = json_object()};
    int r = experiment_options_parse(request, &options, diag);
    if (r == 0) {
        r = request->n_plans > 0
                ? expand_plans(request, &expansion, &plan, diag)
                : expand_options(&expansion, topology, diag);
    }
    r = r < 0 ? r : check_keys(&expansion, diag);
    if (r < 0) {
        return r;
    }
    if (request->budget_s > 0.0) {
        plan.budget_s = request->budget_s;
    }
    take_cells(&expansion, &plan);
    r = cut_shard(&plan, request->shard, diag);
    if (r < 0) {
        return r;
    }
    *ret = plan;
    plan = (struct plan){0};
    return 0;
}

static json_t *sets_to_json(const struct experiment_options *options)
{
    if (options->n_sets == 0) {
        return json_null();
    }
    json_t *json = json_object();
    for (size_t i = 0; i < options->n_sets; i++) {
        json_t *values = json_array();
        for (size_t v = 0; v < options->sets[i].n; v++) {
            json_array_append_new(values,
                                  json_text(options->sets[i].values[v]));
        }
        json_object_set_new(json, options->sets[i].key, values);
    }
    return json;
}

static json_t *count_or_null(unsigned count)
{
    return count > 0 ? json_integer(count) : json_null();
}

json_t *plan_to_json(const struct plan *plan,
                     const struct plan_request *request, uint64_t seed)
{
    _cleanup_(experiment_options_deinit) struct experiment_options options;
    must(experiment_options_parse(request, &options, NULL) == 0);
    json_t *tasks = options.n_tasks > 0 ? json_array() : json_null();
    for (size_t i = 0; i < options.n_tasks; i++) {
        json_array_append_new(tasks,
                              json_integer((json_int_t)options.tasks[i]));
    }
    json_t *json = json_pack(
        "{so sI so so so so so so so so so so sI ss}", "name",
        json_text(plan->name), "seed", (json_int_t)seed, "workload",
        selection_to_json(&options.workload), "model",
        selection_to_json(&options.model), "lock",
        selection_to_json(&options.lock), "placement",
        selection_to_json(&options.placement), "tasks", tasks, "set",
        sets_to_json(&options), "reps", count_or_null(request->reps), "slices",
        count_or_null(request->slices), "slice_ms",
        count_or_null(request->slice_ms), "shard", json_text(request->shard),
        "cells", (json_int_t)plan->n, "digest", plan->digest);
    must(json != NULL);
    return json;
}
