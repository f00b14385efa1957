/* SPDX-License-Identifier: MIT */
/*
 * From the repetitions of a cell to its summary: one process is one value, a
 * metric's value is the median over the processes with its exact interval.
 *
 * Percentiles are the exception: a cell's is that of the histogram merged over
 * its repetitions, each with the same weight
 * (docs/decisions/0011-equal-weights.md), resting on more samples than any of
 * them; its interval is that of the repetitions' own percentiles, and null as
 * soon as one of them has too few samples to tell its own (leaving those out
 * would leave out the slowest). So the interval of a percentile need not hold
 * its median.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct metric {
    const char *name; /* unit last, as in documents */
    const char *unit;
    bool higher_is_better;
    /* The value of one repetition; NAN where it has none. */
    double (*get)(const struct metric *metric, const json_t *repetition);
    const char *object; /* what `get` looks at: object.key, or key */
    const char *key;
    double quantile; /* percentiles; else 0 */
};

/* Every metric of a summary, in its order; name NULL ends. */
extern const struct metric summary_metrics[];

/* The metric by name, or NULL. */
const struct metric *summary_metric(const char *name);

struct summary; /* collects repetitions */

struct summary *summary_new(void);
void summary_free(struct summary *summary);

static inline void summary_free_p(struct summary **summary)
{
    summary_free(*summary);
}

/* Adds a repetition that keeps to the schema; a lost one counts for nothing.
 * -EINVAL: its histogram has buckets that no histogram has. */
int summary_add(struct summary *summary, const json_t *repetition);

/* The "summary" object; metrics without a value are absent. */
json_t *summary_to_json(const struct summary *summary);
