/* SPDX-License-Identifier: MIT */
/* One repetition of a cell in a process of its own: `gilbench cell`. */
#pragma once

#include "harness/cell/cell.h"
#include "harness/cell/runner.h"

#include <jansson.h>

/* Holds on to the program that runs now: a build that replaces its file in the
 * middle of a run does not replace what is measured. */
struct cell_process {
    int program_fd;
    char program[4096]; /* its path by that descriptor; or another program */
    const volatile sig_atomic_t *interrupted;
    unsigned padding;             /* of the environment; see runner.h */
    const json_t *unknown_params; /* names not to be sent; NULL: none */
};

int cell_process_init(struct cell_process *process,
                      const volatile sig_atomic_t *interrupted,
                      struct diag *diag);
void cell_process_deinit(struct cell_process *process);

/* Waits until it has ended. Negative errno only when there was none. */
int cell_process_run(const struct cell_process *process,
                     const struct cell *cell, struct runner_outcome *ret,
                     struct diag *diag);

/* The repetition that an outcome stands for, lost ones included. `ret_answer`
 * (may be NULL): all that the process answered, or NULL. */
json_t *cell_process_repetition(const struct runner_outcome *outcome,
                                json_t **ret_answer);
