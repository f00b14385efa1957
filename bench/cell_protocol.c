/* SPDX-License-Identifier: MIT */
#include "bench/cell_protocol.h"

#include "bench/cell_json.h"
#include "bench/registry.h"
#include "harness/base/must.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

json_t *cell_request_new(const struct cell *cell)
{
    json_t *pus = json_array();
    for (size_t i = 0; i < cell->tasks + cell->background; i++) {
        json_array_append_new(pus, json_integer(cell->pus[i]));
    }
    json_t *request = json_pack(
        "{si ss si ss ss? sI so si si so si}", "cell_protocol", CELL_PROTOCOL,
        "workload", cell->workload->unit.name, "workload_version",
        (int)cell->workload->version, "model", cell->model->unit.name, "lock",
        cell->lock ? cell->lock->name : NULL, "tasks", (json_int_t)cell->tasks,
        "params", params_to_json(&cell->params), "slices", (int)cell->slices,
        "slice_ms", (int)cell->slice_ms, "pus", pus, "generator_pu",
        cell->generator_pu);
    must(request != NULL);
    if (cell->trace_events > 0) {
        json_object_set_new(
            request, "trace",
            json_pack("{sI}", "events", (json_int_t)cell->trace_events));
    }
    return request;
}

static int read_params(const json_t *object, struct params *params,
                       struct diag *diag)
{
    const char *key;
    json_t *value;
    if (object && !json_is_object(object)) {
        return diag_set(diag, -EINVAL, "request: params is no object");
    }
    json_object_foreach((json_t *)object, key, value)
    {
        char number[32];
        const char *text = json_string_value(value);
        if (json_is_integer(value)) {
            snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
                     json_integer_value(value));
            text = number;
        }
        if (!text) {
            return diag_set(diag, -EINVAL,
                            "request: params/%s is no number and no word", key);
        }
        int rc = params_set(params, key, text, diag);
        if (rc == -ENOENT) {
            return diag_set(diag, -EINVAL, "request: no such parameter: %s",
                            key);
        }
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static int read_units(const json_t *request, struct cell *cell,
                      struct diag *diag)
{
    const char *workload =
        json_string_value(json_object_get(request, "workload"));
    const char *model = json_string_value(json_object_get(request, "model"));
    const char *lock = json_string_value(json_object_get(request, "lock"));
    json_int_t version =
        json_integer_value(json_object_get(request, "workload_version"));
    cell->workload = workload ? registry_workload(workload) : NULL;
    cell->model = model ? registry_model(model) : NULL;
    if (!cell->workload || !cell->model) {
        const char *name = cell->workload ? model : workload;
        return diag_set(diag, -EINVAL, "request: no such %s: %s",
                        cell->workload ? "model" : "workload",
                        name ? name : "none is named");
    }
    if (version != (json_int_t)cell->workload->version) {
        return diag_set(diag, -EPROTO,
                        "request: %s version %" JSON_INTEGER_FORMAT
                        " is wanted, this program has %u",
                        workload, version, cell->workload->version);
    }
    const struct lock_policy *policy = lock ? registry_lock(lock) : NULL;
    bool fits = policy ? cell->model->takes_lock || cell->model->lock_param
                       : !cell->model->takes_lock;
    if (!fits) {
        return diag_set(diag, -EINVAL, "request: lock %s does not go with %s",
                        lock ? lock : "null", model);
    }
    cell->lock = policy ? &policy->unit : NULL;
    return 0;
}

static int read_pu(const json_t *json, int *ret)
{
    json_int_t pu = json_integer_value(json);
    if (!json_is_integer(json) || pu < PU_UNBOUND || pu > INT32_MAX) {
        return -EINVAL;
    }
    *ret = (int)pu;
    return 0;
}

static int read_pus(const json_t *pus, struct cell *cell, struct diag *diag)
{
    size_t total = cell->tasks + cell->background;
    if (json_array_size(pus) != total) {
        return diag_set(diag, -EINVAL,
                        "request: pus has %zu entries, %zu tasks want one each",
                        json_array_size(pus), total);
    }
    cell->pus = must_calloc(total, sizeof(*cell->pus));
    for (size_t i = 0; i < total; i++) {
        if (read_pu(json_array_get(pus, i), &cell->pus[i]) < 0) {
            return diag_set(diag, -EINVAL, "request: pus/%zu is no PU", i);
        }
    }
    return 0;
}

/* A count within its limits, or 0. */
static size_t read_count(const json_t *request, const char *key, size_t max)
{
    json_int_t n = json_integer_value(json_object_get(request, key));
    return n > 0 && (uint64_t)n <= max ? (size_t)n : 0;
}

static int read_sizes(const json_t *request, struct cell *cell,
                      struct diag *diag)
{
    cell->tasks = read_count(request, "tasks", 10000000);
    cell->slices = (unsigned)read_count(request, "slices", 100000);
    cell->slice_ms = (unsigned)read_count(request, "slice_ms", 3600000);
    if (!cell->tasks || !cell->slices || !cell->slice_ms) {
        return diag_set(diag, -EINVAL,
                        "request: tasks, slices and slice_ms must be numbers "
                        "above 0");
    }
    if (cell->workload->background) {
        cell->background =
            cell->workload->background(&cell->params, cell->tasks);
    }
    json_t *generator = json_object_get(request, "generator_pu");
    cell->generator_pu = PU_UNBOUND;
    if (generator && read_pu(generator, &cell->generator_pu) < 0) {
        return diag_set(diag, -EINVAL, "request: generator_pu is no PU");
    }
    return 0;
}

/* "trace": {"events": N}; absent or null: none is taken. */
static int read_trace(const json_t *request, struct cell *cell,
                      struct diag *diag)
{
    const json_t *trace = json_object_get(request, "trace");
    if (!trace || json_is_null(trace)) {
        return 0;
    }
    if (!cell->model->traces) {
        return diag_set(diag, -EINVAL, "request: %s has no trace to take",
                        cell->model->unit.name);
    }
    size_t total = cell->tasks + cell->background;
    if (cell->model->on_loops &&
        cell->model->places(&cell->params, total, total) > 1) {
        return diag_set(diag, -EINVAL, "request: a trace shows one event loop");
    }
    size_t rings = trace_rings(total);
    cell->trace_events = read_count(trace, "events", TRACE_EVENTS_MAX / rings);
    if (cell->trace_events == 0) {
        return diag_set(diag, -EINVAL,
                        "request: trace/events must be a number from 1 to %zu",
                        TRACE_EVENTS_MAX / rings);
    }
    return 0;
}

static int read_request(const json_t *request, struct cell *cell,
                        struct diag *diag)
{
    json_t *protocol = json_object_get(request, "cell_protocol");
    if (!json_is_integer(protocol)) {
        return diag_set(diag, -EINVAL,
                        "request: not a cell: no \"cell_protocol\"");
    }
    if (json_integer_value(protocol) != CELL_PROTOCOL) {
        return diag_set(diag, -EPROTO,
                        "request: cell_protocol %" JSON_INTEGER_FORMAT
                        ", this program speaks %d",
                        json_integer_value(protocol), CELL_PROTOCOL);
    }
    int rc = read_units(request, cell, diag);
    if (rc < 0) {
        return rc;
    }
    cell_params_init(&cell->params, cell->workload, cell->model, cell->lock);
    rc = read_params(json_object_get(request, "params"), &cell->params, diag);
    if (rc == 0) {
        rc = read_sizes(request, cell, diag);
    }
    rc = rc < 0 ? rc : read_trace(request, cell, diag);
    return rc < 0 ? rc : read_pus(json_object_get(request, "pus"), cell, diag);
}

int cell_request_read(const json_t *request, struct cell *ret,
                      struct diag *diag)
{
    struct cell cell = {0};
    int rc = read_request(request, &cell, diag);
    if (rc < 0) {
        cell_deinit(&cell);
        return rc;
    }
    *ret = cell;
    return 0;
}

json_t *cell_answer_new(const char *status, const char *reason,
                        json_t *repetition)
{
    json_t *answer =
        json_pack("{si ss ss? so?}", "cell_protocol", CELL_PROTOCOL, "status",
                  status, "reason", reason, "repetition", repetition);
    must(answer != NULL);
    return answer;
}

bool cell_answer_is_foreign(const json_t *answer)
{
    const json_t *version = json_object_get(answer, "cell_protocol");
    return json_is_integer(version) &&
           json_integer_value(version) != CELL_PROTOCOL;
}
