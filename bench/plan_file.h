/* SPDX-License-Identifier: MIT */
/* Plans as files: the built-in ones and those a user names. */
#pragma once

#include "harness/base/diag.h"
#include "harness/base/embed.h"

#include <jansson.h>

/* A built-in plan by name, or a file: whatever has a slash or ends in .json,
 * or is there under that name. Checked against the schema. */
int plan_file_load(const char *name, json_t **ret, struct diag *diag);

/* Checks version and schema; `source` is for messages. */
int plan_file_check(const json_t *plan, const char *source, struct diag *diag);

/* The built-in plans: a table ended by a NULL name, names with ".json". */
extern const struct embedded_file plan_files[];
