/* SPDX-License-Identifier: MIT */
#include "bench/compare_pair.h"

#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "harness/record/summary.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#define PADDING_BYTES 4096

/* The value in every slice; an empty array where there are none. */
static json_t *slice_values(const json_t *repetition, const char *key)
{
    json_t *values = json_array();
    size_t i;
    const json_t *slice;
    json_array_foreach(json_object_get(repetition, "slices"), i, slice)
    {
        double value = json_number_or_nan(json_object_get(slice, key));
        if (isfinite(value) && value >= 0.0) {
            json_array_append_new(values, json_number(value));
        }
    }
    return values;
}

static json_t *values_of(const json_t *repetition)
{
    json_t *all = json_object();
    for (size_t i = 0; summary_metrics[i].name; i++) {
        const struct metric *metric = &summary_metrics[i];
        json_t *values = slice_values(repetition, metric->name);
        double value = metric->get(metric, repetition);
        if (json_array_size(values) == 0 && isfinite(value) && value >= 0.0) {
            json_array_append_new(values, json_number(value));
        }
        if (json_array_size(values) > 0) {
            json_object_set(all, metric->name, values);
        }
        json_decref(values);
    }
    return all;
}

/* What a process says that its warm-up and slices took; with none, 0. */
static double window_seconds(const json_t *repetition)
{
    double warmup = json_number_or_nan(json_object_get(repetition, "warmup_s"));
    double slices = json_number_or_nan(json_object_get(repetition, "wall_s"));
    return isfinite(warmup + slices) ? warmup + slices : 0.0;
}

static json_t *process_to_json(const struct runner_outcome *outcome,
                               double *ret_window_s)
{
    json_t *repetition = cell_process_repetition(outcome, NULL);
    *ret_window_s = window_seconds(repetition);
    json_t *values = values_of(repetition);
    const char *status =
        json_string_value(json_object_get(repetition, "status"));
    const char *reason =
        json_string_value(json_object_get(repetition, "reason"));
    bool ok = status && strcmp(status, "ok") == 0;
    if (ok && !json_object_get(values, "steps_per_s")) {
        ok = false;
        reason = "its answer has no steps_per_s";
    }
    bool late = status && strcmp(status, "timeout") == 0;
    json_t *json = json_pack(
        "{ss so so so}", "status",
        ok     ? "ok"
        : late ? "timeout"
               : "failed",
        "reason", ok ? json_null() : json_text(reason ? reason : "no reason"),
        "process_s", json_number(outcome->wall_s), "values", values);
    must(json != NULL);
    json_decref(repetition);
    return json;
}

/* A process of a pair: on a thread of its own in a duet. */
struct shot {
    const struct cell_process *process;
    struct cell cell; /* borrows all but its PUs */
    json_t *json;     /* NULL when it was interrupted */
    double window_s;
    int rc;
    struct diag diag;
};

static void *fire(void *arg)
{
    struct shot *shot = arg;
    struct runner_outcome outcome;
    shot->rc =
        cell_process_run(shot->process, &shot->cell, &outcome, &shot->diag);
    if (shot->rc < 0) {
        return NULL;
    }
    if (outcome.status != RUNNER_INTERRUPTED) {
        shot->json = process_to_json(&outcome, &shot->window_s);
    }
    runner_outcome_deinit(&outcome);
    return NULL;
}

/* All tasks of a one-thread cell on one PU. */
static void move_to(struct cell *cell, int pu)
{
    size_t total = cell->tasks + cell->background;
    cell->pus = must_calloc(total, sizeof(*cell->pus));
    for (size_t i = 0; i < total; i++) {
        cell->pus[i] = pu;
    }
}

static void fire_duet(struct shot *shots, size_t round, const int pus[2])
{
    pthread_t thread;
    move_to(&shots[COMPARE_BASE].cell, pus[round % 2]);
    move_to(&shots[COMPARE_NEW].cell, pus[1 - round % 2]);
    must(pthread_create(&thread, NULL, fire, &shots[COMPARE_NEW]) == 0);
    fire(&shots[COMPARE_BASE]);
    must(pthread_join(thread, NULL) == 0);
    free(shots[COMPARE_BASE].cell.pus);
    free(shots[COMPARE_NEW].cell.pus);
}

/* How long the pair warmed up and measured. */
static double windows_seconds(const struct compare_cell *cell,
                              const struct shot *shots)
{
    double base = shots[COMPARE_BASE].window_s;
    double new = shots[COMPARE_NEW].window_s;
    return cell->duet ? fmax(base, new) : base + new;
}

static json_t *pair_to_json(const struct compare_cell *cell, size_t round,
                            int first, double seconds, const struct shot *shots)
{
    json_t *json =
        json_pack("{sI so so so so so}", "round", (json_int_t)round, "first",
                  cell->duet ? json_null() : json_string(compare_roles[first]),
                  "pair_s", json_number(seconds), "overhead_s",
                  json_number(seconds - windows_seconds(cell, shots)), "base",
                  shots[COMPARE_BASE].json, "new", shots[COMPARE_NEW].json);
    must(json != NULL);
    return json;
}

int compare_pair(struct compare_programs *programs,
                 const struct compare_cell *cell, size_t round, struct rng *rng,
                 const int pus[2], json_t **ret, struct diag *diag)
{
    struct shot shots[COMPARE_SIDES];
    int first = (int)rng_below(rng, 2);
    for (int i = 0; i < COMPARE_SIDES; i++) {
        programs->side[i].padding = (unsigned)rng_below(rng, PADDING_BYTES);
        shots[i] =
            (struct shot){.process = &programs->side[i], .cell = cell->side[i]};
    }
    uint64_t begin = clock_now_ns();
    if (cell->duet) {
        fire_duet(shots, round, pus);
    } else {
        fire(&shots[first]);
        if (shots[first].json) {
            fire(&shots[1 - first]);
        }
    }
    double seconds = (double)(clock_now_ns() - begin) / (double)NS_PER_S;
    *ret = NULL;
    if (shots[0].json && shots[1].json) {
        *ret = pair_to_json(cell, round, first, seconds, shots);
        return 0;
    }
    int rc = 0;
    for (int i = 0; i < COMPARE_SIDES; i++) {
        json_decref(shots[i].json);
        if (shots[i].rc < 0 && rc == 0) {
            rc = diag_set(diag, shots[i].rc, "%s", shots[i].diag.text);
        }
    }
    return rc;
}

const char *compare_pair_lost(const json_t *pair, const char **ret_role,
                              const char **ret_status)
{
    for (int i = 0; i < COMPARE_SIDES; i++) {
        const json_t *process = json_object_get(pair, compare_roles[i]);
        const char *status =
            json_string_value(json_object_get(process, "status"));
        if (strcmp(status, "ok") != 0) {
            *ret_role = compare_roles[i];
            *ret_status = status;
            return json_string_value(json_object_get(process, "reason"));
        }
    }
    return NULL;
}
