/* SPDX-License-Identifier: MIT */
/*
 * Parameters: one table per unit yields validation, help, `list --json`, the
 * cell's id and the document. The values of a cell are the union of the
 * tables of its units; a name that stands in two of them has ONE value.
 */
#pragma once

#include "harness/base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct param {
    const char *name; /* unit last: `switch_interval_us` */
    const char *help;
    const char *unit;           /* "us", "bytes", "tasks"...; "" for choices */
    const char *const *choices; /* NULL-ended words; NULL: an integer */
    bool text;                  /* neither: a text, such as a path */
    int64_t def; /* default; index when there are choices; 0: empty text */
    int64_t min;
    int64_t max;
};

struct param_value {
    const struct param *param;
    int64_t value; /* index when there are choices; a text's interned number */
};

/* What a text may have: it stands in ids, between '/' and "/NAME=", and in
 * comma lists on the command line. */
#define PARAM_TEXT_CHARACTERS                                                  \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+~@-"
#define PARAM_TEXT_MAX 255

/* Enough for any value that param_format() writes. */
#define PARAM_FORMAT_SIZE (PARAM_TEXT_MAX + 1)

#define PARAMS_MAX 32

/* Plain data: copy it freely. */
struct params {
    size_t n;
    struct param_value values[PARAMS_MAX]; /* sorted by name */
};

/* Adds a table with its defaults; names already there keep their value. */
void params_add(struct params *params, const struct param *table);

/* Sets `name` from text. -ENOENT: no such parameter (diag untouched);
 * -EINVAL: value malformed or out of range (diag says which range). */
int params_set(struct params *params, const char *name, const char *text,
               struct diag *diag);

const struct param *params_find(const struct params *params, const char *name);

/* The value of a parameter that is there; a missing one is a bug. */
int64_t params_get(const struct params *params, const char *name);

/* The text of a text parameter that is there. */
const char *params_text(const struct params *params, const char *name);

/* params_get(), or `fallback` when no unit of the cell has the parameter. */
int64_t params_get_or(const struct params *params, const char *name,
                      int64_t fallback);

/* Checks `text` against one parameter and yields the value. */
int param_parse(const struct param *param, const char *text, int64_t *ret,
                struct diag *diag);

/* The value as text, as it stands in ids: "5000" or "executor". */
void param_format(const struct param *param, int64_t value, char *text,
                  size_t size);
