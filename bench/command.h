/* SPDX-License-Identifier: MIT */
/* A command of the program: `gilbench NAME ...`, one file bench/cmd_NAME.c. */
#pragma once

#include "harness/base/diag.h"

/* Documented in README.md and `gilbench --help`; scripts rely on them. */
enum exit_code {
    EXIT_FINE = 0,
    EXIT_SLOWER = 1,      /* compare: slower; verdict --gate: refuted */
    EXIT_USAGE = 2,       /* usage or bad input */
    EXIT_UNCLEAR = 3,     /* compare --strict */
    EXIT_CELL_FAILED = 4, /* a cell failed or timed out, or nothing ran */
    EXIT_NOT_COMPARABLE = 5,
};

struct command {
    const char *name;
    const char *usage;   /* one line without the program's name */
    const char *summary; /* one sentence */
    const char *help;    /* the rest of `gilbench NAME --help` */
    /* argv[0] is the command's name. Returns an exit code, or a negative errno
     * with `diag` filled: main prints it and exits 2 for -EINVAL, 5 for
     * -EPROTO (not comparable) and 4 else. */
    int (*run)(int argc, char **argv, struct diag *diag);
};
