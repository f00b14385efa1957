/* SPDX-License-Identifier: MIT */
/* One repetition of a cell in a process of its own: `gilbench cell`. */
#pragma once

#include "harness/cell/cell.h"
#include "harness/cell/runner.h"

#include <jansson.h>

struct cell_process {
    char program[4096]; /* this very program */
    const volatile sig_atomic_t *interrupted;
};

int cell_process_init(struct cell_process *process,
                      const volatile sig_atomic_t *interrupted,
                      struct diag *diag);

/* Waits until it has ended. Negative errno only when there was none. */
int cell_process_run(const struct cell_process *process,
                     const struct cell *cell, struct runner_outcome *ret,
                     struct diag *diag);

/* The repetition that an outcome stands for, lost ones included. `ret_answer`
 * (may be NULL): all that the process answered, or NULL. */
json_t *cell_process_repetition(const struct runner_outcome *outcome,
                                json_t **ret_answer);
