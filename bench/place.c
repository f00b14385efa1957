/* SPDX-License-Identifier: MIT */
#include "bench/place.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/topology/placement.h"

#include <string.h>

enum placement_generator place_generator_rule(enum workload_generator wish)
{
    switch (wish) {
    case GENERATOR_LAST_PU:
        return PLACEMENT_LAST_PU;
    case GENERATOR_SPARE_PU:
        return PLACEMENT_SPARE_PU;
    default:
        return PLACEMENT_NO_GENERATOR;
    }
}

static void skip(struct cell *cell, const char *why)
{
    cell->skip = strdup(why);
    must(cell->skip != NULL);
}

/* Resolved for as many tasks as the model uses places, then dealt to all. */
static int resolve(const struct cell *cell, const struct topology *topology,
                   size_t total, struct placement *ret, struct diag *diag)
{
    enum placement_generator rule =
        place_generator_rule(cell->workload->generator);
    int rc =
        placement_resolve(topology, cell->placement, total, rule, ret, diag);
    if (rc < 0 || !cell->model->places) {
        return rc;
    }
    size_t n = cell->model->places(&cell->params, total, ret->places);
    placement_deinit(ret);
    rc = placement_resolve(topology, cell->placement, n, rule, ret, diag);
    if (rc < 0) {
        return rc;
    }
    int *pus = must_calloc(total, sizeof(*pus));
    for (size_t i = 0; i < total; i++) {
        pus[i] = ret->pus[i % n];
    }
    free(ret->pus);
    ret->pus = pus;
    return 0;
}

static void place_cell(struct cell *cell, const struct topology *topology)
{
    struct diag diag = {0};
    struct placement placement = {0};
    cell->generator_pu = PU_UNBOUND;
    if (cell->workload->background) {
        cell->background =
            cell->workload->background(&cell->params, cell->tasks);
    }
    size_t total = cell->tasks + cell->background;
    const char *too_many = cell_too_many_tasks(total);
    if (cell->skip || too_many) {
        if (!cell->skip) {
            skip(cell, too_many);
        }
        return;
    }
    int rc = resolve(cell, topology, total, &placement, &diag);
    if (rc < 0) {
        skip(cell, diag.text);
        return;
    }
    cell->pus = steal(&placement.pus);
    cell->generator_pu = placement.generator_pu;
    cell->generator_shared = placement.generator_shared;
    cell->places = placement.places;
    cell->oversubscribed = placement.oversubscribed;
    placement_deinit(&placement);
}

void place_cells(struct cell *cells, size_t n, const struct topology *topology)
{
    for (size_t i = 0; i < n; i++) {
        place_cell(&cells[i], topology);
    }
}
