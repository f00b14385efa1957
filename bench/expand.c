/* SPDX-License-Identifier: MIT */
#include "bench/block.h"
#include "bench/experiment.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <errno.h>
#include <string.h>

/* One place of the product, before its parameters. */
struct corner {
    const struct workload *workload;
    const struct exec_model *model;
    const struct lock_policy *lock; /* NULL: the model takes none */
    const char *lock_word; /* what model->lock_param is; NULL: its default */
    const char *placement;
    size_t tasks;
};

static const char *unavailable(const struct unit *unit)
{
    return unit->unavailable ? unit->unavailable() : NULL;
}

static const char *lock_cannot_run(const struct cell *cell)
{
    return cell->lock ? unit_cannot_run(cell->lock, &cell->params) : NULL;
}

static const char *model_cannot_run(const struct cell *cell)
{
    return unit_cannot_run(&cell->model->unit, &cell->params);
}

/* Why the cell cannot run here, or NULL; first what is easiest to grasp. The
 * caller frees. */
char *experiment_skip_reason(const struct cell *cell)
{
    const char *why = unavailable(&cell->workload->unit);
    why = why ? why : model_cannot_run(cell);
    why = why ? why : lock_cannot_run(cell);
    char *text = why ? strdup(why) : cell_impossible(cell);
    must(!why || text);
    return text;
}

static bool selected(struct expansion *expansion, const struct corner *corner)
{
    if (!expansion->filter) {
        return true;
    }
    struct experiment_options *options = expansion->options;
    /* All four are asked, so that each learns what it would have chosen. */
    bool workload =
        selection_has(&options->workload, corner->workload->unit.name);
    bool model = selection_has(&options->model, corner->model->unit.name);
    bool lock =
        !corner->lock || selection_has(&options->lock, corner->lock->unit.name);
    bool placement = selection_has(&options->placement, corner->placement);
    return workload && model && lock && placement;
}

/* The command line chooses among what the unit can be: a word, or a text such
 * as a path. */
static bool is_chosen(const struct experiment_options *options,
                      const struct unit *unit)
{
    struct params params = {0};
    params_add(&params, unit->params);
    for (size_t i = 0; i < options->n_sets; i++) {
        const struct param *param = params_find(&params, options->sets[i].key);
        if (param && (param->text || param->choices)) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct selection *selection, const struct unit *unit)
{
    for (size_t i = 0; i < selection->n; i++) {
        if (strcmp(selection->terms[i].text, unit->name) == 0) {
            return true;
        }
    }
    return false;
}

/* -EINVAL when the command line asked for just what cannot run. */
static int refuse(const struct expansion *expansion, const struct cell *cell,
                  struct diag *diag)
{
    const struct experiment_options *options = expansion->options;
    const struct unit *model = &cell->model->unit;
    const char *why = lock_cannot_run(cell);
    if (why && (is_named(&options->lock, cell->lock) ||
                is_chosen(options, cell->lock))) {
        return diag_set(diag, -EINVAL, "lock %s cannot run here: %s",
                        cell->lock->name, why);
    }
    why = model_cannot_run(cell);
    bool named = !expansion->filter && is_named(&options->model, model);
    if (why && (named || is_chosen(options, model))) {
        return diag_set(diag, -EINVAL, "%s cannot run here: %s", model->name,
                        why);
    }
    return 0;
}

/* What names the workload and the model, and not through a plan or a glob,
 * asks for something that must not be run. */
static int refuse_unsafe(const struct expansion *expansion,
                         const struct cell *cell, struct diag *diag)
{
    const struct experiment_options *options = expansion->options;
    if (expansion->filter ||
        !is_named(&options->workload, &cell->workload->unit) ||
        !is_named(&options->model, &cell->model->unit)) {
        return 0;
    }
    _cleanup_(free_p) char *why = cell_unsafe(cell);
    return why ? diag_set(diag, -EINVAL, "%s is refused: %s", cell->id, why)
               : 0;
}

/* Notes why the cell cannot run; what the command line names is bad input
 * then. Nothing is asked of this machine when a plan is only checked. */
static int check_runnable(const struct expansion *expansion, struct cell *cell,
                          struct diag *diag)
{
    if (expansion->check) {
        return 0;
    }
    int r = refuse(expansion, cell, diag);
    if (r < 0) {
        return r;
    }
    cell->skip = experiment_skip_reason(cell);
    return refuse_unsafe(expansion, cell, diag);
}

/* Keeps the cell unless it is there already. */
static int keep(struct expansion *expansion, struct cell *cell,
                struct diag *diag)
{
    cell->id = cell_id(cell);
    if (json_object_get(expansion->seen, cell->id)) {
        cell_deinit(cell);
        return 0;
    }
    if (expansion->n == EXPERIMENT_CELLS_MAX) {
        cell_deinit(cell);
        return diag_set(diag, -EINVAL,
                        "more than %d cells; select fewer values",
                        EXPERIMENT_CELLS_MAX);
    }
    json_object_set_new(expansion->seen, cell->id, json_true());
    int r = check_runnable(expansion, cell, diag);
    if (r < 0) {
        cell_deinit(cell);
        return r;
    }
    expansion->cells = reallocarray(expansion->cells, expansion->n + 1,
                                    sizeof(*expansion->cells));
    must(expansion->cells != NULL);
    expansion->cells[expansion->n++] = *cell;
    return 0;
}

static int set_value(struct params *params, const struct experiment *experiment,
                     const struct experiment_set *set, const char *value,
                     struct diag *diag)
{
    int r = params_set(params, set->key, value, diag);
    if (r == -EINVAL && set->option) {
        return diag_prefix(diag, r, "--set");
    }
    if (r == -EINVAL) {
        return diag_prefix(diag, r, "%s/set", experiment->source);
    }
    return r;
}

/* The values of the parameter by which the model takes a lock, or NULL. */
static struct experiment_set *lock_set(struct experiment *experiment,
                                       const struct exec_model *model)
{
    for (size_t i = 0; model->lock_param && i < experiment->n_sets; i++) {
        if (strcmp(experiment->sets[i].key, model->lock_param) == 0) {
            return &experiment->sets[i];
        }
    }
    return NULL;
}

static struct cell make_cell(const struct experiment *experiment,
                             const struct corner *corner)
{
    struct cell cell = {
        .workload = corner->workload,
        .model = corner->model,
        .lock = corner->lock ? &corner->lock->unit : NULL,
        .tasks = corner->tasks,
        .placement = strdup(corner->placement),
        .reps = experiment->reps,
        .slices = experiment->slices,
        .slice_ms = experiment->slice_ms,
        .generator_pu = PU_UNBOUND,
    };
    must(cell.placement != NULL);
    return cell;
}

/* The parameters before any that is counted through. */
static int base_params(struct experiment *experiment,
                       const struct corner *corner, struct params *ret,
                       struct diag *diag)
{
    cell_params_init(ret, corner->workload, corner->model,
                     corner->lock ? &corner->lock->unit : NULL);
    const struct experiment_set *set = lock_set(experiment, corner->model);
    return set && corner->lock_word
               ? set_value(ret, experiment, set, corner->lock_word, diag)
               : 0;
}

/*
 * All combinations of the parameters that the cell has; `digits` counts
 * through them, the last parameter fastest.
 */
static int expand_sets(struct experiment *experiment,
                       const struct corner *corner, struct expansion *expansion,
                       struct diag *diag)
{
    size_t digits[PARAMS_MAX] = {0};
    const struct experiment_set *sets[PARAMS_MAX];
    size_t n = 0;
    struct params base;
    int r = base_params(experiment, corner, &base, diag);
    if (r < 0) {
        return r;
    }
    bool chosen = selected(expansion, corner);
    for (size_t i = 0; i < experiment->n_sets; i++) {
        struct experiment_set *set = &experiment->sets[i];
        if (params_find(&base, set->key)) {
            set->used = true;
            if (set != lock_set(experiment, corner->model)) {
                sets[n++] = set;
            }
        }
    }
    while (chosen) {
        struct cell cell = make_cell(experiment, corner);
        cell.params = base;
        r = 0;
        for (size_t i = 0; r == 0 && i < n; i++) {
            r = set_value(&cell.params, experiment, sets[i],
                          sets[i]->values[digits[i]], diag);
        }
        if (r < 0) {
            cell_deinit(&cell);
            return r;
        }
        cell.block = block_of(expansion->blocks, &cell);
        r = keep(expansion, &cell, diag);
        if (r < 0) {
            return r;
        }
        size_t at = n;
        while (at > 0 && ++digits[at - 1] == sets[at - 1]->n) {
            digits[--at] = 0;
        }
        chosen = at > 0;
    }
    return 0;
}

static int expand_tasks(struct experiment *experiment, struct corner *corner,
                        struct expansion *expansion, struct diag *diag)
{
    for (size_t p = 0; p < experiment->placement.n; p++) {
        corner->placement = experiment->placement.terms[p].text;
        for (size_t i = 0; i < experiment->n_tasks; i++) {
            corner->tasks = experiment->tasks[i];
            int r = expand_sets(experiment, corner, expansion, diag);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

/* Units in the order in which the list names them; all, if there is none. */
struct unit_walk {
    const struct selection *selection;
    const struct registry_family *family;
    size_t term;
    size_t unit;
    bool (*by_name_only)(const struct unit *unit); /* NULL: none is */
};

static bool walk_takes(const struct unit_walk *walk, const struct unit *unit)
{
    const struct selection_term *term =
        walk->selection->n > 0 ? &walk->selection->terms[walk->term] : NULL;
    if (walk->by_name_only && walk->by_name_only(unit)) {
        return term && strcmp(term->text, unit->name) == 0;
    }
    return !term || selection_term_has(term, unit->name);
}

static const struct unit *walk_next(struct unit_walk *walk)
{
    size_t terms = walk->selection->n;
    for (; walk->term < (terms > 0 ? terms : 1); walk->term++) {
        while (walk->unit < walk->family->n) {
            const struct unit *unit = walk->family->units[walk->unit++];
            if (walk_takes(walk, unit)) {
                return unit;
            }
        }
        walk->unit = 0;
    }
    return NULL;
}

/* A word that is no lock's is the parameter's business. */
static int expand_lock_words(struct experiment *experiment,
                             struct corner *corner, struct expansion *expansion,
                             struct diag *diag)
{
    const struct experiment_set *set = lock_set(experiment, corner->model);
    int r = set ? 0 : expand_tasks(experiment, corner, expansion, diag);
    for (size_t i = 0; set && r == 0 && i < set->n; i++) {
        corner->lock_word = set->values[i];
        corner->lock = registry_lock(set->values[i]);
        r = expand_tasks(experiment, corner, expansion, diag);
    }
    corner->lock_word = NULL;
    corner->lock = NULL;
    return r;
}

static int expand_locks(struct experiment *experiment, struct corner *corner,
                        struct expansion *expansion, struct diag *diag)
{
    corner->lock = NULL;
    if (!corner->model->takes_lock) {
        return expand_lock_words(experiment, corner, expansion, diag);
    }
    struct unit_walk locks = {.selection = &experiment->lock,
                              .family = &registry_families[2]};
    const struct unit *unit;
    int r = 0;
    while (r == 0 && (unit = walk_next(&locks)) != NULL) {
        corner->lock = container_of(unit, struct lock_policy, unit);
        r = expand_tasks(experiment, corner, expansion, diag);
    }
    return r;
}

static bool model_by_name_only(const struct unit *unit)
{
    return container_of(unit, struct exec_model, unit)->by_name_only;
}

static int expand_models(struct experiment *experiment, struct corner *corner,
                         struct expansion *expansion, struct diag *diag)
{
    struct unit_walk models = {.selection = &experiment->model,
                               .family = &registry_families[1],
                               .by_name_only = model_by_name_only};
    const struct unit *unit;
    int r = 0;
    while (r == 0 && (unit = walk_next(&models)) != NULL) {
        corner->model = container_of(unit, struct exec_model, unit);
        r = expand_locks(experiment, corner, expansion, diag);
    }
    return r;
}

/* A plan's own keys must fit its own units. */
static int check_sets(const struct experiment *experiment, struct diag *diag)
{
    for (size_t i = 0; i < experiment->n_sets; i++) {
        const struct experiment_set *set = &experiment->sets[i];
        if (!set->used && !set->option && !set->shared) {
            return diag_set(diag, -EINVAL,
                            "%s/set: no unit of this experiment has a "
                            "parameter '%.64s'",
                            experiment->source, set->key);
        }
    }
    return 0;
}

int experiment_expand(struct experiment *experiment,
                      struct expansion *expansion, struct diag *diag)
{
    struct unit_walk workloads = {.selection = &experiment->workload,
                                  .family = &registry_families[0]};
    const struct unit *unit;
    int r = 0;
    while (r == 0 && (unit = walk_next(&workloads)) != NULL) {
        struct corner corner = {.workload =
                                    container_of(unit, struct workload, unit)};
        r = expand_models(experiment, &corner, expansion, diag);
    }
    return r < 0 ? r : check_sets(experiment, diag);
}
