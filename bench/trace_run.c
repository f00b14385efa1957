/* SPDX-License-Identifier: MIT */
#include "bench/trace_run.h"

#include "bench/cell_name.h"
#include "bench/cell_process.h"
#include "bench/place.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/exec/trace.h"
#include "harness/record/json_value.h"
#include "plots/format.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Together 16 MiB, and no more than a megabyte for one lane. */
#define EVENTS_USUAL   (1u << 20)
#define EVENTS_OF_LANE (1u << 16)
#define SLICES_USUAL   1
#define MODEL_USUAL    "gil_threads"

static void keep(struct trace_cells *cells, struct cell *cell)
{
    cells->cells =
        reallocarray(cells->cells, cells->n + 1, sizeof(*cells->cells));
    must(cells->cells != NULL);
    cells->cells[cells->n++] = *cell;
    *cell = (struct cell){0};
}

/* Why the cell has no trace, or NULL. */
static const char *no_trace(const struct cell *cell)
{
    if (cell->skip) {
        return cell->skip;
    }
    size_t total = cell->tasks + cell->background;
    if (cell->model->on_loops &&
        cell->model->places(&cell->params, total, total) > 1) {
        return "a trace shows one event loop, and these are several";
    }
    if (cell->model->workers) {
        return "its tasks run in other processes, and a trace is of one";
    }
    return cell->model->traces ? NULL
                               : "there is no lock to trace, everybody runs";
}

/* Keeps the cells of one request that have a trace. */
static int add_cells(const struct plan_request *request,
                     const struct topology *topology, struct trace_cells *cells,
                     struct diag *diag)
{
    _cleanup_(plan_deinit) struct plan plan = {0};
    size_t before = cells->n;
    int rc = plan_resolve(request, topology, &plan, diag);
    if (rc < 0) {
        return rc;
    }
    if (cells->n + plan.n > TRACE_CELLS_MAX) {
        return diag_set(diag, -EINVAL,
                        "trace: these are more than %d cells; select fewer",
                        TRACE_CELLS_MAX);
    }
    place_cells(plan.cells, plan.n, topology);
    for (size_t i = 0; i < plan.n; i++) {
        if (!no_trace(&plan.cells[i])) {
            keep(cells, &plan.cells[i]);
        }
    }
    for (size_t i = 0; i < plan.n; i++) {
        const char *why = plan.cells[i].id ? no_trace(&plan.cells[i]) : NULL;
        if (why && cells->n == before) {
            return diag_set(diag, -EINVAL, "%s: %s", plan.cells[i].id, why);
        }
        if (why) {
            fprintf(stderr, "gilbench: %s is left out: %s\n", plan.cells[i].id,
                    why);
        }
    }
    return 0;
}

static int add_named(const struct trace_request *request, const char *id,
                     const struct topology *topology, struct trace_cells *cells,
                     struct diag *diag)
{
    _cleanup_(cell_name_deinit) struct cell_name name = {0};
    int rc = cell_name_parse(id, &name, diag);
    if (rc < 0) {
        return rc;
    }
    struct plan_request *plan = &name.request;
    size_t n = plan->n_sets + request->plan.n_sets;
    name.sets = reallocarray(name.sets, n + 1, sizeof(*name.sets));
    must(name.sets != NULL);
    for (size_t i = 0; i < request->plan.n_sets; i++) {
        name.sets[plan->n_sets++] = request->plan.sets[i];
    }
    plan->sets = name.sets;
    plan->slices = request->plan.slices;
    plan->slice_ms = request->plan.slice_ms;
    return add_cells(plan, topology, cells, diag);
}

/* Gives every cell its events, or says that this is too much. */
static int set_events(const struct trace_request *request,
                      struct trace_cells *cells, struct diag *diag)
{
    for (size_t i = 0; i < cells->n; i++) {
        struct cell *cell = &cells->cells[i];
        size_t rings = trace_rings(cell->tasks + cell->background);
        size_t usual = EVENTS_USUAL / rings;
        usual = usual > EVENTS_OF_LANE ? EVENTS_OF_LANE : usual;
        cell->trace_events = request->events ? request->events : usual;
        if (cell->trace_events < TRACE_EVENTS_MIN) {
            cell->trace_events = TRACE_EVENTS_MIN;
        }
        if (cell->trace_events > TRACE_EVENTS_MAX / rings) {
            return diag_set(diag, -EINVAL,
                            "trace: %zu events for each of %zu lanes are too "
                            "many: together there is room for %u",
                            cell->trace_events, rings, TRACE_EVENTS_MAX);
        }
    }
    return 0;
}

static int select_cells(const struct trace_request *request,
                        const struct topology *topology,
                        struct trace_cells *cells, struct diag *diag)
{
    int rc = 0;
    for (size_t i = 0; i < request->n_ids && rc == 0; i++) {
        rc = add_named(request, request->ids[i], topology, cells, diag);
    }
    if (request->n_ids == 0) {
        struct plan_request plan = request->plan;
        plan.model = plan.model ? plan.model : MODEL_USUAL;
        rc = add_cells(&plan, topology, cells, diag);
    }
    return rc < 0 ? rc : set_events(request, cells, diag);
}

static int check_request(const struct trace_request *request, struct diag *diag)
{
    const struct plan_request *plan = &request->plan;
    bool selects = plan->workload || plan->model || plan->lock || plan->tasks ||
                   plan->placement;
    if (request->n_ids > 0 && selects) {
        return diag_set(diag, -EINVAL,
                        "trace: '%s' names a cell already; --workload, "
                        "--model, --lock, --tasks and --placement select "
                        "where none is named",
                        request->ids[0]);
    }
    if (request->n_ids == 0 && !plan->workload) {
        return diag_set(diag, -EINVAL,
                        "trace: name a cell by its id, or select with "
                        "--workload; see gilbench trace --help");
    }
    return 0;
}

int trace_select(const struct trace_request *request, struct trace_cells *ret,
                 struct diag *diag)
{
    struct trace_request with_defaults = *request;
    struct trace_cells cells = {0};
    struct topology *topology = NULL;
    int rc = check_request(request, diag);
    rc = rc < 0 ? rc : topology_load(&topology, diag);
    if (rc < 0) {
        return rc;
    }
    if (with_defaults.plan.slices == 0) {
        with_defaults.plan.slices = SLICES_USUAL;
    }
    rc = select_cells(&with_defaults, topology, &cells, diag);
    topology_free(topology);
    if (rc < 0) {
        trace_cells_deinit(&cells);
        return rc;
    }
    *ret = cells;
    return 0;
}

void trace_cells_deinit(struct trace_cells *cells)
{
    for (size_t i = 0; i < cells->n; i++) {
        cell_deinit(&cells->cells[i]);
    }
    free(cells->cells);
    *cells = (struct trace_cells){0};
}

/* One repetition that is ok, or -EIO with the reason. */
static int repeat(const struct cell_process *process, const struct cell *cell,
                  json_t **ret_repetition, json_t **ret_answer,
                  struct diag *diag)
{
    struct runner_outcome outcome;
    int rc = cell_process_run(process, cell, &outcome, diag);
    if (rc < 0) {
        return rc;
    }
    json_t *repetition = cell_process_repetition(&outcome, ret_answer);
    runner_outcome_deinit(&outcome);
    const char *status =
        json_string_value(json_object_get(repetition, "status"));
    if (!status || strcmp(status, "ok") != 0) {
        const char *reason =
            json_string_value(json_object_get(repetition, "reason"));
        diag_set(diag, -EIO, "%s: %s: %s", cell->id, status ? status : "failed",
                 reason ? reason : "no reason");
        json_decref(repetition);
        return -EIO;
    }
    *ret_repetition = repetition;
    return 0;
}

static double rate_of(const json_t *repetition)
{
    return json_number_or_nan(json_object_get(repetition, "steps_per_s"));
}

/* The number of steps of one repetition each: enough to see what the trace
 * costs, not to tell a percent. */
static void report(const struct traced *traced)
{
    const struct timeline *timeline = &traced->timeline;
    char with[32], without[32], length[32], window[32];
    format_seconds(length, sizeof(length), (double)timeline->length_ns * 1e-9);
    format_seconds(window, sizeof(window), (double)timeline->window_ns * 1e-9);
    format_count(with, sizeof(with), traced->steps_per_s);
    format_count(without, sizeof(without), traced->untraced_steps_per_s);
    fprintf(stderr,
            "gilbench: %s: %" PRIu64 " events in %s; steps/s: %s with the "
            "trace, %s without (one repetition each)\n",
            traced->cell->id, timeline->events, length, with, without);
    if (timeline->dropped > 0) {
        fprintf(stderr,
                "gilbench: %s: the trace was longer than its buffers: %" PRIu64
                " events were dropped, the last %s of %s are left; see "
                "--events\n",
                traced->cell->id, timeline->dropped, length, window);
    }
    if (timeline->untraced > 0) {
        fprintf(stderr,
                "gilbench: %s: %" PRIu64
                " spawned threads had no buffer and are not shown\n",
                traced->cell->id, timeline->untraced);
    }
}

/* "task 0, PU 1" where a task has a thread of its own. */
static void name_lanes(const struct cell *cell, struct timeline *timeline)
{
    size_t total = cell->tasks + cell->background;
    for (size_t i = 0; i < total && i < timeline->n; i++) {
        char *name = timeline->lanes[i].name;
        size_t n = strlen(name);
        if (!cell->model->on_loops && cell->pus[i] != PU_UNBOUND) {
            snprintf(name + n, sizeof(timeline->lanes[i].name) - n, ", PU %d",
                     cell->pus[i]);
        }
    }
}

int trace_cell(const struct cell *cell, struct traced *ret, struct diag *diag)
{
    struct traced traced = {.cell = cell};
    struct cell_process process = {.program_fd = -1};
    _cleanup_(json_decref_p) json_t *without = NULL;
    _cleanup_(json_decref_p) json_t *with = NULL;
    _cleanup_(json_decref_p) json_t *answer = NULL;
    struct cell plain = *cell;
    plain.trace_events = 0;
    int rc = cell_process_init(&process, NULL, diag);
    rc = rc < 0 ? rc : repeat(&process, &plain, &without, NULL, diag);
    rc = rc < 0 ? rc : repeat(&process, cell, &with, &answer, diag);
    cell_process_deinit(&process);
    if (rc == 0) {
        rc = timeline_read(json_object_get(answer, "trace"), &traced.timeline,
                           diag);
    }
    if (rc < 0) {
        return rc == -EINVAL ? -EIO : rc;
    }
    name_lanes(cell, &traced.timeline);
    traced.lock = json_incref(json_object_get(with, "lock"));
    traced.steps_per_s = rate_of(with);
    traced.untraced_steps_per_s = rate_of(without);
    report(&traced);
    *ret = traced;
    return 0;
}
