/* SPDX-License-Identifier: MIT */
/*
 * A result document in the words of another program: a tracker, a plotter, a
 * comparer. One file a format (exports/NAME.c); each names the reader whose
 * rules it keeps.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/measure/hist.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What is to be exported: the cells of `document` that were asked for and have
 * at least one good repetition with a finished step. All is borrowed. */
struct export_set {
    const json_t *document;
    const json_t **cells;
    size_t n;
    bool all; /* each repetition, where the format has a place for it */
};

struct export_format {
    const char *name;
    const char *summary; /* one sentence for help: what reads it, how */
    /* NULL: one file. Else the formats' files, by the word that goes into
     * their names; `write` is called for each. Ends with NULL. */
    const char *const *parts;
    bool takes_all; /* there is a place for each repetition */
    /* Writes one file. `part`: an index of `parts`, or 0. -EINVAL: these cells
     * cannot be said in this format. */
    int (*write)(const struct export_set *set, unsigned part, FILE *out,
                 struct diag *diag);
};

/* Ends with NULL. */
extern const struct export_format *const export_formats[];

/* --- what the formats share --- */

/* One metric of a cell's summary; bounds are NAN where there is none. */
struct export_metric {
    const char *name; /* as in the summary */
    double median;
    double low;
    double high;
    size_t n; /* repetitions */
    const char *unit;
    bool higher_is_better;
};

/* False: the cell has no such metric, or it has no value. */
bool export_metric(const json_t *cell, const char *name,
                   struct export_metric *ret);

/* Seconds a step: 1 / steps_per_s, bounds exchanged. */
bool export_step_s(const json_t *cell, struct export_metric *ret);

/* The name of the cell's series: its id, and the version of a workload that
 * has changed, so that a tracker begins a new line there. The caller frees. */
char *export_name(const json_t *cell);

/* The i-th good repetition with a finished step, or NULL behind the last. */
const json_t *export_repetition(const json_t *cell, size_t i);

/* Steps that all tasks finished in the slices of a repetition. */
double export_steps(const json_t *repetition);

/*
 * CPU time of a repetition's process by its steps, and the median of that over
 * a cell's. Beside background tasks it holds their time as well, so that the
 * summary has no cpu_ns_per_step there; but some readers refuse a whole file
 * for one entry without a CPU time. For those formats only.
 */
double export_cpu_ns(const json_t *repetition);
double export_process_cpu_ns(const json_t *cell);

/* A member of the document, as in ("context", "host"); never NULL. */
const json_t *export_fact(const json_t *document, const char *object,
                          const char *key);

/* The text, or NULL where it is unknown. */
const char *export_text(const json_t *document, const char *object,
                        const char *key);

/* Latencies of all repetitions together; NULL: none. The caller frees. */
struct hist *export_latency(const json_t *cell);

/* Prints a document and a newline; takes it over. */
int export_print(json_t *json, FILE *out);
