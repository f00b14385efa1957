/* SPDX-License-Identifier: MIT */
#include "bench/experiment.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "harness/topology/placement.h"

#include <errno.h>
#include <string.h>

static char *copy(const char *text)
{
    char *result = strdup(text);
    must(result != NULL);
    return result;
}

static void add_tasks(size_t **tasks, size_t *n, size_t value)
{
    *tasks = reallocarray(*tasks, *n + 1, sizeof(**tasks));
    must(*tasks != NULL);
    (*tasks)[(*n)++] = value;
}

static int parse_tasks(const char *list, size_t **ret, size_t *ret_n,
                       struct diag *diag)
{
    _cleanup_(free_p) char *words = list ? copy(list) : NULL;
    char *rest = words;
    char *word;
    while (rest && (word = strsep(&rest, ",")) != NULL) {
        char *end = word;
        errno = 0;
        unsigned long long value =
            *word >= '0' && *word <= '9' ? strtoull(word, &end, 10) : 0;
        if (*end || errno || value < 1 || value > PLAN_TASKS_MAX) {
            return diag_set(diag, -EINVAL,
                            "--tasks %s: give whole numbers from 1 to %d, "
                            "separated by commas",
                            list, PLAN_TASKS_MAX);
        }
        add_tasks(ret, ret_n, (size_t)value);
    }
    return 0;
}

/* The entry for `key`, emptied if there is one: what comes later counts. */
static struct experiment_set *fresh_set(struct experiment_set **sets, size_t *n,
                                        const char *key)
{
    struct experiment_set *set = NULL;
    for (size_t i = 0; i < *n; i++) {
        if (strcmp((*sets)[i].key, key) == 0) {
            set = &(*sets)[i];
        }
    }
    if (!set) {
        *sets = reallocarray(*sets, *n + 1, sizeof(**sets));
        must(*sets != NULL);
        set = &(*sets)[(*n)++];
        *set = (struct experiment_set){.key = copy(key)};
    }
    for (size_t i = 0; i < set->n; i++) {
        free(set->values[i]);
    }
    set->n = 0;
    set->option = false;
    set->shared = false;
    return set;
}

static void add_value(struct experiment_set *set, const char *value)
{
    set->values = reallocarray(set->values, set->n + 1, sizeof(*set->values));
    must(set->values != NULL);
    set->values[set->n++] = copy(value);
}

static void free_sets(struct experiment_set *sets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t v = 0; v < sets[i].n; v++) {
            free(sets[i].values[v]);
        }
        free(sets[i].values);
        free(sets[i].key);
    }
    free(sets);
}

/* "key=value,value" */
static int parse_set(const char *text, struct experiment_options *options,
                     struct diag *diag)
{
    _cleanup_(free_p) char *key = copy(text);
    char *rest = strchr(key, '=');
    if (!rest || rest == key || rest[1] == '\0') {
        return diag_set(diag, -EINVAL,
                        "--set %s: give KEY=VALUE, as in "
                        "switch_interval_us=500",
                        text);
    }
    *rest++ = '\0';
    struct experiment_set *set =
        fresh_set(&options->sets, &options->n_sets, key);
    set->option = true;
    char *value;
    while ((value = strsep(&rest, ",")) != NULL) {
        add_value(set, value);
    }
    return 0;
}

static int parse_selections(const struct plan_request *request,
                            struct experiment_options *ret, struct diag *diag)
{
    struct {
        struct selection *selection;
        const char *option;
        const char *list;
    } all[] = {{&ret->workload, "workload", request->workload},
               {&ret->model, "model", request->model},
               {&ret->lock, "lock", request->lock}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        int r =
            selection_parse(all[i].selection, all[i].option, all[i].list, diag);
        if (r == 0) {
            r = selection_check(all[i].selection, &registry_families[i], true,
                                diag);
        }
        if (r < 0) {
            return r;
        }
    }
    int r =
        selection_parse(&ret->placement, "placement", request->placement, diag);
    return r < 0 ? r : selection_check_placements(&ret->placement, diag);
}

int experiment_options_parse(const struct plan_request *request,
                             struct experiment_options *ret, struct diag *diag)
{
    *ret = (struct experiment_options){.request = request};
    int r = parse_selections(request, ret, diag);
    r = r < 0 ? r
              : parse_tasks(request->tasks, &ret->tasks, &ret->n_tasks, diag);
    for (size_t i = 0; r == 0 && i < request->n_sets; i++) {
        r = parse_set(request->sets[i], ret, diag);
    }
    return r;
}

void experiment_options_deinit(struct experiment_options *options)
{
    selection_deinit(&options->workload);
    selection_deinit(&options->model);
    selection_deinit(&options->lock);
    selection_deinit(&options->placement);
    free(options->tasks);
    free_sets(options->sets, options->n_sets);
    *options = (struct experiment_options){0};
}

/* An experiment's own value, else the plan's. */
static const json_t *value_of(const json_t *plan, const json_t *experiment,
                              const char *key)
{
    const json_t *own = json_object_get(experiment, key);
    return own ? own : json_object_get(plan, key);
}

static unsigned count_of(unsigned option, const json_t *value,
                         unsigned fallback)
{
    if (option > 0) {
        return option;
    }
    return value ? (unsigned)json_number_value(value) : fallback;
}

static void read_tasks(const json_t *json, struct experiment *ret)
{
    size_t i;
    const json_t *item;
    if (json_is_number(json)) {
        add_tasks(&ret->tasks, &ret->n_tasks, (size_t)json_number_value(json));
    }
    json_array_foreach((json_t *)json, i, item)
    {
        add_tasks(&ret->tasks, &ret->n_tasks, (size_t)json_number_value(item));
    }
}

static void add_json_value(struct experiment_set *set, const json_t *json)
{
    char number[32];
    snprintf(number, sizeof(number), "%.0f", json_number_value(json));
    add_value(set, json_is_string(json) ? json_string_value(json) : number);
}

/* Later layers replace the values of earlier ones, key by key. */
static void read_sets(const json_t *json, bool shared, struct experiment *ret)
{
    const char *key;
    json_t *values;
    json_object_foreach((json_t *)json, key, values)
    {
        struct experiment_set *set = fresh_set(&ret->sets, &ret->n_sets, key);
        set->shared = shared;
        size_t i;
        const json_t *value;
        if (!json_is_array(values)) {
            add_json_value(set, values);
        }
        json_array_foreach(values, i, value)
        {
            add_json_value(set, value);
        }
    }
}

/* What the command line replaces, whatever was there. */
static void apply_options(const struct experiment_options *options,
                          struct experiment *ret)
{
    if (options->n_tasks > 0) {
        ret->n_tasks = 0;
    }
    for (size_t i = 0; i < options->n_tasks; i++) {
        add_tasks(&ret->tasks, &ret->n_tasks, options->tasks[i]);
    }
    if (ret->n_tasks == 0) {
        add_tasks(&ret->tasks, &ret->n_tasks, 1);
    }
    for (size_t i = 0; i < options->n_sets; i++) {
        const struct experiment_set *from = &options->sets[i];
        struct experiment_set *set =
            fresh_set(&ret->sets, &ret->n_sets, from->key);
        set->option = true;
        for (size_t v = 0; v < from->n; v++) {
            add_value(set, from->values[v]);
        }
    }
}

static int check_names(const struct experiment *experiment, struct diag *diag)
{
    const struct selection *families[] = {
        &experiment->workload, &experiment->model, &experiment->lock};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(families); i++) {
        r = selection_check(families[i], &registry_families[i], false, diag);
    }
    r = r < 0 ? r : selection_check_placements(&experiment->placement, diag);
    if (r == 0 && experiment->workload.n == 0) {
        r = diag_set(diag, -EINVAL, "it names no workload");
    }
    return r < 0 ? diag_prefix(diag, r, "%s", experiment->source) : 0;
}

int experiment_read(const json_t *plan, size_t index, const char *source,
                    const struct experiment_options *options,
                    struct experiment *ret, struct diag *diag)
{
    static const char *const keys[] = {"workload", "model", "lock",
                                       "placement"};
    const json_t *own =
        json_array_get(json_object_get(plan, "experiments"), index);
    const struct plan_request *request = options->request;
    *ret = (struct experiment){0};
    must(asprintf(&ret->source, "%s: /experiments/%zu", source, index) > 0);
    struct selection *selections[] = {&ret->workload, &ret->model, &ret->lock,
                                      &ret->placement};
    json_t *defaults[] = {NULL, NULL, json_string("cpython3"),
                          json_string("per_core")};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const json_t *words = value_of(plan, own, keys[i]);
        selection_read(selections[i], keys[i], words ? words : defaults[i]);
        json_decref(defaults[i]);
    }
    read_tasks(value_of(plan, own, "tasks"), ret);
    read_sets(json_object_get(plan, "set"), true, ret);
    read_sets(json_object_get(own, "set"), false, ret);
    apply_options(options, ret);
    ret->reps = count_of(request->reps, value_of(plan, own, "reps"), 6);
    ret->slices = count_of(request->slices, value_of(plan, own, "slices"), 5);
    ret->slice_ms =
        count_of(request->slice_ms, value_of(plan, own, "slice_ms"), 100);
    return check_names(ret, diag);
}

/* The names that a list of names and globs stands for. */
static void resolve_placements(const struct selection *globs,
                               struct selection *ret)
{
    json_t *names = json_array();
    for (size_t i = 0; i < globs->n; i++) {
        const char *term = globs->terms[i].text;
        if (placement_is_list(term)) {
            json_array_append_new(names, json_text(term));
        }
        for (size_t p = 0; placement_names[p]; p++) {
            if (!placement_is_list(placement_names[p]) &&
                selection_term_has(&globs->terms[i], placement_names[p])) {
                json_array_append_new(names, json_string(placement_names[p]));
            }
        }
    }
    if (globs->n == 0) {
        json_array_append_new(names, json_string("per_core"));
    }
    selection_read(ret, "placement", names);
    json_decref(names);
}

int experiment_from_options(const struct experiment_options *options,
                            struct experiment *ret, struct diag *diag)
{
    const struct plan_request *request = options->request;
    *ret = (struct experiment){0};
    int r =
        selection_parse(&ret->workload, "workload", request->workload, diag);
    r = r < 0 ? r : selection_parse(&ret->model, "model", request->model, diag);
    r = r < 0
            ? r
            : selection_parse(&ret->lock, "lock",
                              request->lock ? request->lock : "cpython3", diag);
    if (r < 0) {
        return r;
    }
    resolve_placements(&options->placement, &ret->placement);
    apply_options(options, ret);
    ret->reps = count_of(request->reps, NULL, 6);
    ret->slices = count_of(request->slices, NULL, 5);
    ret->slice_ms = count_of(request->slice_ms, NULL, 100);
    return r;
}

void experiment_deinit(struct experiment *experiment)
{
    free(experiment->source);
    selection_deinit(&experiment->workload);
    selection_deinit(&experiment->model);
    selection_deinit(&experiment->lock);
    selection_deinit(&experiment->placement);
    free(experiment->tasks);
    free_sets(experiment->sets, experiment->n_sets);
    *experiment = (struct experiment){0};
}
