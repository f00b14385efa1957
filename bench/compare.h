/* SPDX-License-Identifier: MIT */
/*
 * gilbench compare, from what was asked for to an exit code:
 *
 *   compare_side.c, _program.c   what the two sides are
 *   compare_cells.c              the plan's cells, once for each side
 *   compare_measure.c, _pair.c   pairs of fresh processes -> a document
 *   compare_document.c           reading, checking and writing that document
 *   compare_judge.c              a document's pairs -> its verdicts
 *   compare_text.c, ...          a judged document -> what a person reads
 *
 * The document is all that the judging knows: the same pairs give the same
 * report, byte for byte, today and from a file.
 */
#pragma once

#include "bench/compare_side.h"
#include "bench/plan.h"

#include <jansson.h>
#include <stdio.h>

enum {
    COMPARE_BASE,
    COMPARE_NEW,
    COMPARE_SIDES,
};

#define COMPARE_PAIRS_MAX 10000

extern const char *const compare_roles[COMPARE_SIDES]; /* "base", "new" */

/* What was asked for; the strings belong to the caller. */
struct compare_request {
    struct plan_request plan;
    const char *sides[COMPARE_SIDES]; /* NULL: this program as it is */
    unsigned pairs;                   /* 0: 20, or 60 */
    bool once;                        /* unclear stays unclear */
    const char *const *margins;       /* each "[CELLS:]PCT" */
    size_t n_margins;
    const char *metrics;   /* comma list of names or globs; NULL: usual ones */
    const char *estimator; /* "median" or "min"; NULL: median */
    bool duet;
    bool gate_all; /* unpinned cells as well */
    bool strict;
    bool seed_given;
    uint64_t seed;
    unsigned inject_permille;
    bool quiet;
    bool dry_run;
};

/* One cell of the plan on both sides. */
struct compare_cell {
    const struct cell *plan;
    struct cell side[COMPARE_SIDES];
    bool gates; /* may make the comparison fail */
    bool duet;
    unsigned stretch; /* its slices may become so many times as long */
    bool lost;        /* a process failed: no more pairs */
    json_t *json;     /* its place in the document; borrowed */
};

struct compare_cells {
    struct compare_cell *all;
    size_t n;
    size_t same; /* left out: both sides are the same there */
};

/* Resolves and places. -EINVAL: nothing to compare, or a side cannot run what
 * the other can. */
int compare_cells_make(const struct compare_request *request,
                       const struct plan *plan, const struct topology *topology,
                       struct compare_side sides[COMPARE_SIDES],
                       struct compare_cells *ret, struct diag *diag);
void compare_cells_deinit(struct compare_cells *cells);

/*
 * Measures; `ret` is the judged document, also when it was interrupted. Prints
 * progress to stderr. -EPROTO: the sides cannot be compared. `ret` is NULL
 * after a dry run.
 */
int compare_measure(const struct compare_request *request, json_t **ret,
                    struct diag *diag);

/* --- documents --- */

/* Reads one and checks its shape. */
int compare_document_load(const char *path, json_t **ret, struct diag *diag);
/* The schema, and that nothing in it contradicts anything. `verdicts`: also
 * that they follow from the pairs. */
int compare_document_check(const json_t *document, const char *path,
                           bool verdicts, struct diag *diag);
/* JSON, a line a pair. */
void compare_document_write(const json_t *document, FILE *out);

/* Writes the options that say how to judge into a document. -EINVAL: a margin
 * or a metric is malformed or fits nothing. */
int compare_options(const struct compare_request *request, json_t *document,
                    struct diag *diag);

/* (Re)makes "metrics" of every cell and "verdict" from the pairs. */
void compare_judge(json_t *document);
/* The log-ratios of a cell's pairs, above 0 is worse; their number, and an
 * array that the caller frees. */
size_t compare_log_ratios(const json_t *document, const json_t *cell,
                          const char *metric, double **ret);
/* A judged cell that should get more pairs. */
bool compare_is_unclear(const json_t *cell);
/* Of a judged metric: it has a verdict, or had pairs enough for one. */
bool compare_is_decided(const json_t *metric);
/* A cell that failed, took too long, or got no pair before the end. */
bool compare_is_lost(const json_t *cell);
/* Not interrupted, and without a lost cell. */
bool compare_is_whole(const json_t *document);
/* Of a judged document: enum exit_code. */
int compare_exit_code(const json_t *document);

/* --- reports --- */

/* A judged metric, as every report has it. */
struct compare_row {
    const json_t *cell;
    const json_t *metric; /* NULL: the cell has none, see its status */
    size_t index;         /* in the document */
};

/* Worst first, lost cells before all; the caller frees. */
struct compare_row *compare_rows(const json_t *document, size_t *ret_n);

void compare_write_text(const json_t *document, bool colour, FILE *out);
void compare_write_markdown(const json_t *document, FILE *out);
void compare_write_junit(const json_t *document, FILE *out);
