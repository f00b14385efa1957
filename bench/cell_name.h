/* SPDX-License-Identifier: MIT */
/* A cell named by its id, as it stands in a document:
 * "cpu_loop/gil_threads:cpython3/tasks=4/placement=per_core/KEY=VALUE". */
#pragma once

#include "bench/plan.h"

#include <stdbool.h>

struct cell_name {
    struct plan_request request; /* selects that cell, if there is such a one */
    const char **sets;
    char *text; /* what the request points into */
};

/* Workload and model are needed, the rest is as for `gilbench run`. -EINVAL: it
 * is no id; whether there are such units, plan_resolve() says. */
int cell_name_parse(const char *id, struct cell_name *ret, struct diag *diag);
void cell_name_deinit(struct cell_name *name);

/* Cuts an id, from the front: first "WORKLOAD/MODEL:LOCK", then each
 * "KEY=VALUE". False: that was the last. `*rest` is written to. */
bool cell_name_cut(char **rest, char **ret_word);
