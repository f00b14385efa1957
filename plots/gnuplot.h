/* SPDX-License-Identifier: MIT */
/* Runs gnuplot: never through a shell, and only on files of our own making. */
#pragma once

#include "harness/base/diag.h"

#include <stddef.h>

/* Finds the program in PATH. -EINVAL, saying what to install. */
int gnuplot_find(char *path, size_t size, struct diag *diag);

/*
 * Runs `gnuplot -c SCRIPT ARGUMENT` inside `folder`, without the start-up
 * files of the user. -EIO with the first thing it complained of.
 */
struct gnuplot_job {
    const char *program;
    const char *folder;
    const char *script;
    const char *argument;
};

int gnuplot_run(const struct gnuplot_job *job, struct diag *diag);
