/* SPDX-License-Identifier: MIT */
#include "bench/compare.h"
#include "bench/experiment.h"
#include "bench/place.h"
#include "harness/base/must.h"

#include <errno.h>
#include <string.h>

const char *const compare_roles[COMPARE_SIDES] = {"base", "new"};

static int make_side(struct compare_side *side, const struct cell *cell,
                     const struct topology *topology, struct cell *ret,
                     struct diag *diag)
{
    int rc = compare_side_cell(side, cell, ret, diag);
    if (rc < 0) {
        return rc;
    }
    ret->skip = experiment_skip_reason(ret);
    place_cells(ret, 1, topology);
    return 0;
}

/* Who wrote a plan has chosen its slices, and the time that they take. */
#define STRETCH      20
#define STRETCH_PLAN 4

/* One task, or all on one event loop? */
static bool runs_in_one_thread(const struct cell *cell)
{
    const struct exec_model *model = cell->model;
    size_t total = cell->tasks + cell->background;
    return total == 1 ||
           (model->on_loops && model->places(&cell->params, total, total) == 1);
}

/* Both sides at once need a PU each and nothing that they would share. */
static bool can_duet(const struct compare_cell *cell,
                     const struct topology *topology)
{
    const int *pus;
    bool can = topology_pus(topology, &pus) >= 2;
    for (int i = 0; i < COMPARE_SIDES; i++) {
        const struct cell *side = &cell->side[i];
        bool one_thread = runs_in_one_thread(side);
        can = can && one_thread && !side->skip && side->pus[0] != PU_UNBOUND &&
              side->workload->generator == GENERATOR_NONE;
    }
    return can;
}

static int check_skips(const struct compare_cell *cell,
                       const struct compare_side *sides, struct diag *diag)
{
    const char *base = cell->side[COMPARE_BASE].skip;
    const char *new = cell->side[COMPARE_NEW].skip;
    if (!base == !new) {
        return 0;
    }
    int which = base ? COMPARE_BASE : COMPARE_NEW;
    return diag_set(diag, -EINVAL,
                    "--%s: %s cannot run here: %s; select other cells",
                    sides[which].role, cell->side[which].id, base ? base : new);
}

static void cell_pair_deinit(struct compare_cell *cell)
{
    cell_deinit(&cell->side[COMPARE_BASE]);
    cell_deinit(&cell->side[COMPARE_NEW]);
}

static int make_cell(const struct compare_request *request,
                     const struct cell *plan, const struct topology *topology,
                     struct compare_side *sides, struct compare_cell *ret,
                     struct diag *diag)
{
    *ret = (struct compare_cell){.plan = plan};
    int rc = 0;
    for (int i = 0; rc == 0 && i < COMPARE_SIDES; i++) {
        rc = make_side(&sides[i], plan, topology, &ret->side[i], diag);
    }
    rc = rc < 0 ? rc : check_skips(ret, sides, diag);
    if (rc < 0) {
        cell_pair_deinit(ret);
        return rc;
    }
    ret->gates = request->gate_all;
    ret->gates =
        ret->gates || (strcmp(ret->side[COMPARE_BASE].placement, "os") != 0 &&
                       strcmp(ret->side[COMPARE_NEW].placement, "os") != 0);
    ret->duet = request->duet && can_duet(ret, topology);
    ret->stretch = request->plan.n_plans > 0 ? STRETCH_PLAN : STRETCH;
    return 0;
}

static bool same_program(const struct compare_side *sides)
{
    return strcmp(sides[COMPARE_BASE].program, sides[COMPARE_NEW].program) == 0;
}

static int check_all(const struct compare_request *request,
                     const struct compare_cells *cells,
                     const struct compare_side *sides, struct diag *diag)
{
    size_t duets = 0;
    for (size_t i = 0; i < cells->n; i++) {
        duets += cells->all[i].duet;
    }
    int rc = compare_side_check_used(&sides[COMPARE_BASE], diag);
    rc = rc < 0 ? rc : compare_side_check_used(&sides[COMPARE_NEW], diag);
    if (rc == 0 && cells->n == 0) {
        return diag_set(diag, -EINVAL,
                        "both sides are the same in every cell of this plan");
    }
    if (rc == 0 && request->duet && duets == 0) {
        return diag_set(diag, -EINVAL,
                        "--design duet: none of these cells can run on one PU "
                        "beside the other side; use pairs");
    }
    return rc;
}

int compare_cells_make(const struct compare_request *request,
                       const struct plan *plan, const struct topology *topology,
                       struct compare_side sides[COMPARE_SIDES],
                       struct compare_cells *ret, struct diag *diag)
{
    /* Without any setting A is compared with A, because that was asked for. */
    bool settings = sides[COMPARE_BASE].n > 0 || sides[COMPARE_NEW].n > 0;
    bool drop_same = settings && same_program(sides);
    struct compare_cells cells = {.all =
                                      must_calloc(plan->n, sizeof(*cells.all))};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->n; i++) {
        struct compare_cell cell;
        rc = make_cell(request, &plan->cells[i], topology, sides, &cell, diag);
        if (rc < 0) {
            break;
        }
        if (drop_same && strcmp(cell.side[COMPARE_BASE].id,
                                cell.side[COMPARE_NEW].id) == 0) {
            cells.same++;
            cell_pair_deinit(&cell);
        } else {
            cells.all[cells.n++] = cell;
        }
    }
    rc = rc < 0 ? rc : check_all(request, &cells, sides, diag);
    if (rc < 0) {
        compare_cells_deinit(&cells);
        return rc;
    }
    *ret = cells;
    return 0;
}

void compare_cells_deinit(struct compare_cells *cells)
{
    for (size_t i = 0; i < cells->n; i++) {
        cell_pair_deinit(&cells->all[i]);
    }
    free(cells->all);
    *cells = (struct compare_cells){0};
}
