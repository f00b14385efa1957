/* SPDX-License-Identifier: MIT */
/*
 * Which cells of a plan run one after another in each round: those that have
 * the same values of the keys in the plan's `blocks`. What is compared should
 * be in one block: then a phase of the machine that lasts seconds falls on both
 * sides.
 *
 * A key is `workload`, `model`, `lock`, `tasks`, `placement` or the name of a
 * parameter of any unit or of every cell; a cell without it has nothing for its
 * value.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/cell/cell.h"

#include <jansson.h>

/* -EINVAL: one of `keys`, a list of texts or NULL, is none. */
int block_check(const json_t *keys, const char *source, struct diag *diag);

/* The cell's block as text; NULL without keys: it is one by itself. The caller
 * frees. */
char *block_of(const json_t *keys, const struct cell *cell);
