/* SPDX-License-Identifier: MIT */
/*
 * One side of a comparison: a program and settings.
 *
 *   SIDE = [PROGRAM] [KEY=VALUE ...]      separated by blanks
 *
 * PROGRAM is a path, or `this` (also if it is left out): the running program.
 * A word before whose first '=' stands a '/' is a path. KEY is lock, model,
 * placement, tasks or a parameter; it replaces what the plan has in every cell
 * it fits. "--set KEY=VALUE" is the same as KEY=VALUE.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/cell/cell.h"

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct compare_setting {
    char *key;
    char *value;
    bool used; /* it fits a cell */
};

struct compare_side {
    const char *role; /* "base" or "new" */
    char *given;      /* as it was written */
    char *program;    /* NULL until opened where it is this program */
    struct compare_setting *settings;
    size_t n;

    /* Filled by compare_side_open(). */
    bool is_this;         /* its file is that of the running program */
    int fd;               /* held, so that a build may put another in place */
    char run[40];         /* what to run by that descriptor; "" (a script):
                             `program` */
    json_t *version;      /* build facts, as it tells them */
    uint64_t digest;      /* of the file's bytes */
    struct stat identity; /* so that a change is noticed */
    json_t *unknown;      /* names of parameters that it does not know; they are
                             at their defaults and not sent to it */
};

/* Reads SIDE; -EINVAL with a suggestion where a word is none. */
int compare_side_parse(const char *text, const char *role,
                       struct compare_side *ret, struct diag *diag);
void compare_side_deinit(struct compare_side *side);

/* Replaces or adds a setting. */
void compare_side_set(struct compare_side *side, const char *key,
                      const char *value);

/* A resolved cell as this side runs it, to be placed afterwards. `cell->skip`
 * is not taken over: the other units may be able to run. */
int compare_side_cell(struct compare_side *side, const struct cell *cell,
                      struct cell *ret, struct diag *diag);
/* -EINVAL for the first setting that fits no cell. */
int compare_side_check_used(const struct compare_side *side, struct diag *diag);

/* Finds the program and asks it for its build facts. -EINVAL: there is none,
 * or it is not gilbench. */
int compare_side_open(struct compare_side *side,
                      const volatile sig_atomic_t *interrupted,
                      struct diag *diag);
/* What to run. */
const char *compare_side_path(const struct compare_side *side);
/* -EPROTO if the program's file has changed since. */
int compare_side_check_unchanged(const struct compare_side *side,
                                 struct diag *diag);

/* As it stands in a comparison document. */
json_t *compare_side_to_json(const struct compare_side *side);
