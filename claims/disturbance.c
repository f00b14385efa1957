/* SPDX-License-Identifier: MIT */
/*
 * Whether something else ran beside what was measured. The kernel tells for
 * each slice how long somebody waited for a PU; with one task and several PUs
 * that is nobody of ours.
 */
#include "claims/claim.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"

#include <math.h>
#include <string.h>

/* Nobody of its own makes such a cell wait. */
static bool is_lone(const json_t *cell)
{
    const json_t *generator = json_object_get(cell, "generator_pu");
    const json_t *background = json_object_get(cell, "background_tasks");
    const json_t *tasks = json_object_get(cell, "tasks");
    return json_number_value(tasks) == 1 &&
           json_number_value(background) == 0 && !json_is_integer(generator);
}

/* Waiting by the time measured; NAN where the kernel does not tell. */
static double share_of(const json_t *repetition)
{
    double waited = 0, measured = 0;
    size_t i;
    const json_t *slice;
    json_array_foreach(json_object_get(repetition, "slices"), i, slice)
    {
        waited += json_number_or_nan(json_object_get(slice, "pressure_s"));
        measured += json_number_or_nan(json_object_get(slice, "duration_s"));
    }
    return waited / measured;
}

static size_t add_cell(const json_t *cell, double *shares, size_t n)
{
    size_t i;
    const json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        double share = share_of(repetition);
        if (shares && isfinite(share)) {
            shares[n] = share;
        }
        n += isfinite(share);
    }
    return n;
}

/* With `shares` NULL it only counts. */
static size_t add_cells(const json_t *document, double *shares)
{
    size_t i, n = 0;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        n = is_lone(cell) ? add_cell(cell, shares, n) : n;
    }
    return n;
}

double claim_disturbance(const json_t *document)
{
    const json_t *topology =
        json_object_get(json_object_get(document, "context"), "topology");
    if (!(json_number_value(json_object_get(topology, "pus")) > 1)) {
        return NAN;
    }
    size_t n = add_cells(document, NULL);
    _cleanup_(free_p) double *shares = must_calloc(n, sizeof(*shares));
    return add_cells(document, shares) > 0 ? stats_median(shares, n) : NAN;
}
