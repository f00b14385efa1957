/* SPDX-License-Identifier: MIT */
#include "bench/compare_calibrate.h"

#include "bench/command.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    READINGS = 2,
    STEPS_MAX = 1000, /* more are never asked for */
};

/* A slice should tell a quarter of the margin. */
#define PARTS_OF_MARGIN 4.0

/* A program of another version may not know a parameter of ours. If that one
 * is at its default we need not speak of it. */
static bool forgive(const struct runner_outcome *outcome,
                    struct compare_side *side, const struct cell *cell)
{
    static const char words[] = "request: no such parameter: ";
    const char *name = outcome->reason ? strstr(outcome->reason, words) : NULL;
    char key[128];
    if (outcome->exit_code != EXIT_USAGE || !name) {
        return false;
    }
    name += sizeof(words) - 1;
    snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, " "), name);
    const struct param *param = params_find(&cell->params, key);
    if (!param || params_get(&cell->params, key) != param->def) {
        return false;
    }
    json_array_append_new(side->unknown, json_string(param->name));
    return true;
}

/* A reading of one slice: `ret` is NULL if there is none, and `outcome` says
 * why. */
static int read_once(struct cell_process *process, struct compare_side *side,
                     const struct cell *cell, struct runner_outcome *outcome,
                     struct diag *diag)
{
    struct cell once = *cell;
    once.slices = 1;
    int rc;
    bool again;
    do {
        process->unknown_params = side->unknown;
        rc = cell_process_run(process, &once, outcome, diag);
        again = rc == 0 && outcome->status == RUNNER_FAILED &&
                forgive(outcome, side, cell);
        if (again) {
            runner_outcome_deinit(outcome);
        }
    } while (again);
    return rc;
}

static int refused(const struct compare_side *side, const struct cell *cell,
                   const struct runner_outcome *outcome, struct diag *diag)
{
    if (outcome->status == RUNNER_INTERRUPTED) {
        return diag_set(diag, -EINTR, "interrupted");
    }
    if (outcome->exit_code == EXIT_NOT_COMPARABLE) {
        return diag_set(diag, -EPROTO, "--%s %.300s: %s: %.400s", side->role,
                        side->program, cell->workload->unit.name,
                        outcome->reason);
    }
    return 0;
}

/* The steps of a slice of the planned length, or why there are none. */
struct reading {
    double steps;
    char *reason;
    bool late; /* it took too long */
};

static int read_steps(struct cell_process *process, struct compare_side *side,
                      const struct cell *cell, struct reading *ret,
                      struct diag *diag)
{
    struct runner_outcome outcome;
    *ret = (struct reading){.steps = NAN};
    int rc = read_once(process, side, cell, &outcome, diag);
    if (rc < 0) {
        return rc;
    }
    rc = refused(side, cell, &outcome, diag);
    json_t *repetition = cell_process_repetition(&outcome, NULL);
    double rate =
        json_number_or_nan(json_object_get(repetition, "steps_per_s"));
    const char *reason =
        json_string_value(json_object_get(repetition, "reason"));
    if (rc == 0 && !(rate >= 0.0)) {
        must(asprintf(&ret->reason, "%s: %s", side->role,
                      reason ? reason : "its answer has no steps_per_s") > 0);
    }
    ret->steps = rate * cell->slice_ms / 1000.0;
    ret->late = outcome.status == RUNNER_TIMEOUT;
    json_decref(repetition);
    runner_outcome_deinit(&outcome);
    return rc;
}

static void lose(struct compare_cell *cell, const struct reading *reading)
{
    cell->lost = true;
    json_object_set_new(cell->json, "status",
                        json_string(reading->late ? "timeout" : "failed"));
    json_object_set_new(cell->json, "reason", json_text(reading->reason));
}

/* Both sides alike, so that a slice of the slower one holds `wanted` steps. */
static void lengthen(struct compare_cell *cell, double least, double wanted)
{
    double factor = least > 0.0 ? ceil(wanted / least) : 1.0;
    factor = factor > cell->stretch ? cell->stretch : factor;
    factor = factor < 1.0 ? 1.0 : factor;
    for (int i = 0; i < COMPARE_SIDES; i++) {
        cell->side[i].slice_ms *= (unsigned)factor;
    }
}

int compare_calibrate(struct compare_programs *programs,
                      struct compare_side sides[COMPARE_SIDES],
                      struct compare_cell *cell, double margin,
                      struct diag *diag)
{
    double wanted = ceil(PARTS_OF_MARGIN / (margin > 0.0 ? margin : 1e-9));
    wanted = wanted < STEPS_MAX ? wanted : STEPS_MAX;
    double best[COMPARE_SIDES] = {0.0, 0.0};
    json_t *readings[COMPARE_SIDES] = {json_array(), json_array()};
    struct reading last = {0};
    int rc = 0;
    for (int k = 0; k < READINGS * COMPARE_SIDES && !last.reason && rc == 0;
         k++) {
        int i = k % COMPARE_SIDES;
        rc = read_steps(&programs->side[i], &sides[i], &cell->side[i], &last,
                        diag);
        best[i] = last.steps > best[i] ? last.steps : best[i];
        json_array_append_new(readings[i], json_number(last.steps));
    }
    if (last.reason) {
        lose(cell, &last);
    } else if (rc == 0) {
        lengthen(cell, fmin(best[COMPARE_BASE], best[COMPARE_NEW]), wanted);
    }
    free(last.reason);
    json_object_set_new(cell->json, "calibration",
                        json_pack("{so so sI}", "base", readings[COMPARE_BASE],
                                  "new", readings[COMPARE_NEW], "wanted_steps",
                                  (json_int_t)wanted));
    json_object_set_new(cell->json, "slice_ms",
                        json_integer(cell->side[COMPARE_BASE].slice_ms));
    return rc;
}
