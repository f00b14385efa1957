/* SPDX-License-Identifier: MIT */
/*
 * A repetition as it stands in the cell protocol and, with `order` and
 * `overhead_s` set by the runner, in the result document
 * (results/schema/result.json, $defs/repetition).
 */
#pragma once

#include "harness/record/repetition.h"

#include <jansson.h>

/*
 * The repetition as it stands in the document, `order` 0 and `overhead_s`
 * null. Reals are rounded to 9 significant digits, which is more than a clock
 * can tell and keeps a document short. Numbers that are no numbers become
 * null. The caller owns the result; never NULL.
 */
json_t *repetition_to_json(const struct repetition *repetition);

/* A repetition without measurements: `status` is "failed" or "timeout". */
json_t *repetition_lost_to_json(const char *status, const char *reason);

/* What only the runner knows: the position in the run's random order, and how
 * many seconds the process lived; what of it was neither warm-up nor slices is
 * overhead. */
void repetition_set_run(json_t *repetition, uint64_t order, double process_s);

/* Percentile q is told from 10 / (1 - q) samples on. */
bool repetition_has_percentile(uint64_t samples, double q);

/* The histogram object of a document ("latency_ns"), or null when empty. */
json_t *repetition_hist_to_json(const struct hist *hist);

/* Adds the buckets and the maximum of such an object to `into`; null adds
 * nothing. -EINVAL: a bucket that no histogram has. */
int repetition_hist_from_json(const json_t *json, struct hist *into);
