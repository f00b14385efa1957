/* SPDX-License-Identifier: MIT */
/*
 * A history: one line of JSON a run, appended and never changed, so that a
 * trend does not need the documents. A line has what a trend is drawn from:
 * date, host, machine, build, plan, and of each cell the figures below.
 *
 * Writers take turns by a lock on the file (flock). A line is written at once;
 * one that a crash has cut short is passed over, and the next begins behind
 * it.
 */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define HISTORY_VERSION 1

struct history_metric {
    const char *name; /* as in a cell's summary */
    const char *unit;
    bool higher_is_better;
};

/* Ends with a NULL name. */
extern const struct history_metric history_metrics[];

/* The line of a result document, as JSON; the caller owns it. */
json_t *history_line(const json_t *document);

/* Appends one line; -EINVAL: cannot be written. */
int history_append(const char *path, const json_t *line, struct diag *diag);

/* All lines in their order. `ret_torn`: how many were passed over because they
 * are no line of ours. -EINVAL: no such file, a line of another version, or a
 * file that is too large. */
int history_read(const char *path, json_t **ret, size_t *ret_torn,
                 struct diag *diag);

/* True: history_read() will refuse it. */
bool history_is_too_large(const char *path);

/* Keeps the newest `keep` lines, of a file of any size, and drops what was
 * torn; tells how many went.
 */
int history_prune(const char *path, size_t keep, size_t *ret_dropped,
                  struct diag *diag);
