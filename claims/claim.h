/* SPDX-License-Identifier: MIT */
/*
 * A claim about threads, locks and loops, and what a result document says of
 * it. One file a claim; it exports `const struct claim claim_NAME`, a table of
 * parts. A part compares cells of the document:
 *
 *   cell      one that meets `cells`; of those that differ only in the key
 *             `over`, the one with the most (or, `to_pus`, with as many as the
 *             machine has PUs)
 *   partner   the cell that meets `against` and is like it in all other keys
 *   ratio     the median over the pairs of processes of value(cell) by
 *             value(partner), with its exact 95 % interval (plots/pairs.h);
 *             without `against` it is the cell's own value
 *   verdict   holds where the whole interval is on the right side of the bound,
 *             refuted where all of it is beyond, unclear where it reaches over
 *
 * A part is judged once for each lock policy, placement and parameter that the
 * document has it for; each of these is a finding.
 */
#pragma once

#include "plots/figure_pick.h"
#include "plots/pairs.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A part looks at no more cells than this: the first of the document. */
#define CLAIM_CELLS_MAX 256

/* From this claim_disturbance() on nothing is judged. */
#define CLAIM_DISTURBED 0.5

enum claim_verdict {
    CLAIM_HOLDS,
    CLAIM_REFUTED,
    CLAIM_UNCLEAR,
    CLAIM_NOT_MEASURED,
};

/* "holds", "refuted", "unclear", "not measured". */
extern const char *const claim_verdict_words[];

enum claim_side {
    CLAIM_AT_LEAST,
    CLAIM_AT_MOST,
};

/* What the bound is multiplied with. */
enum claim_scale {
    CLAIM_AS_IT_IS,
    CLAIM_BY_TASKS, /* how many times the tasks of the partner */
    CLAIM_BY_PUS,   /* the same, at most the number of PUs */
};

/* How the values behind a ratio are told. */
enum claim_unit {
    CLAIM_RATE, /* 1/s */
    CLAIM_TIME, /* s */
    CLAIM_NUMBER,
};

struct claim_part {
    const char *name;
    const char *statement; /* what is claimed; the bound makes it exact */
    const char *cells;     /* conditions KEY=GLOB|GLOB of figure_cell.h */
    const char *against;   /* the same for the partner; NULL: none */
    const char *over;      /* "tasks", "cpu_tasks"; NULL: none */
    pairs_value *value;
    const char *metric; /* what `value` is, in words */
    enum claim_unit unit;
    enum claim_side side;
    double bound;
    enum claim_scale scale;
    /* The finding as a sentence without a full stop; {ratio} is the ratio, {a}
     * and {b} the medians of both cells, {more} and {less} their `over`. */
    const char *sentence;
    unsigned pus_min; /* says nothing of a machine with fewer PUs */
    bool to_pus;
    bool aside;    /* explains; does not decide the claim */
    bool optional; /* listed only where the document has its cells */
};

struct claim {
    const char *name;
    unsigned number;
    const char *statement;
    const char *refuted_by;         /* what would refute it */
    const char *reading;            /* what it means for a service */
    const struct claim_part *parts; /* name NULL ends */
};

extern const struct claim *const claims[]; /* in their order; NULL ends */

struct claim_finding {
    const struct claim_part *part;
    enum claim_verdict verdict;
    bool decides;             /* the claim; see claim_judge() */
    char where[FIGURE_LABEL]; /* "gil_threads:cpython3"; "" not measured */
    const json_t *cell;       /* of the document; NULL: not measured */
    const json_t *partner;    /* NULL: none */
    double ratio;             /* NAN where not known, as all that follow */
    double low;
    double high;
    unsigned n;   /* pairs of processes */
    double bound; /* scaled */
    double a;     /* median of the cell, of its partner */
    double b;
};

struct claim_judgement {
    const struct claim *claim;
    enum claim_verdict verdict;
    bool disturbed; /* what was measured is unclear for that reason */
    size_t n;
    struct claim_finding *findings; /* in the order of the parts */
    size_t counts[4];               /* deciding findings by verdict */
};

/*
 * Judges the claim; findings refer to `document`. Free in the end.
 *
 * Findings of parts that are not aside decide, as far as they are about the
 * lock policy cpython3 (or a model without a lock), one task a core and all
 * other parameters at their defaults; where the document has none of these for
 * a part, all its findings do. The claim is refuted if one of them is, else
 * unclear if one is, else not measured if a part is, else it holds.
 * In a disturbed run all that was measured is unclear.
 */
void claim_judge(const struct claim *claim, const json_t *document,
                 struct claim_judgement *ret);
void claim_judgement_free(struct claim_judgement *judgement);

/* The share of the time in which somebody waited for a PU although one task ran
 * on one of several: the median over such processes, 0 to about 1. NAN: not
 * known. */
double claim_disturbance(const json_t *document);

/* --- the values of a process, for `value` --- */

double claim_steps_per_s(const json_t *cell, const json_t *repetition);
double claim_seconds_per_step(const json_t *cell, const json_t *repetition);
double claim_switches_per_s(const json_t *cell, const json_t *repetition);
/* One more than there are, so that none at all can be divided by. */
double claim_vain_per_s(const json_t *cell, const json_t *repetition);
/* Changes of the lock's holder in one switch interval of computing. */
double claim_switches_per_interval(const json_t *cell,
                                   const json_t *repetition);
/* Switches of the kernel by switches of the loop. */
double claim_kernel_switches(const json_t *cell, const json_t *repetition);
