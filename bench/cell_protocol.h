/* SPDX-License-Identifier: MIT */
/*
 * How `run` drives a cell's process, and `compare` those of two programs: a
 * resolved cell as one JSON object in, one repetition as one JSON object out.
 * Both carry `cell_protocol`; a program refuses a version it does not speak.
 */
#pragma once

#include "harness/cell/cell.h"

#include <jansson.h>

#define CELL_PROTOCOL 1

/* The request for a resolved cell. */
json_t *cell_request_new(const struct cell *cell);

/*
 * Reads a request. -EINVAL: malformed, or a unit or value this program does
 * not have; -EPROTO: another protocol version, or another version of the
 * workload. `ret` is freed by cell_deinit.
 */
int cell_request_read(const json_t *request, struct cell *ret,
                      struct diag *diag);

/* The answer; steals `repetition` (may be NULL). */
json_t *cell_answer_new(const char *status, const char *reason,
                        json_t *repetition);

/* Whether it is an answer of another version. */
bool cell_answer_is_foreign(const json_t *answer);
