/* SPDX-License-Identifier: MIT */
/* Two sides beside each other: what of each cell has changed, and by how much.
 * Made of a comparison (bench/compare_report.h) or of two results. */
#pragma once

#include "plots/forest.h"

#include <jansson.h>
#include <stddef.h>

struct report_change {
    struct forest_row drawn; /* its label is the cell's; pct NAN: no number */
    char interval[64];
    char verdict[32];
    char remark[1500]; /* may be empty */
};

/* Texts are plain and belong to the struct. */
struct report_changes {
    char *headline; /* "Nothing slower, some unclear" */
    char *counts;
    char *base; /* the sides in words */
    char *next;
    char *method;  /* how it was measured and judged */
    char *caution; /* what not to conclude, or NULL */
    char *picture; /* the title of the forest plot */
    const char *kinds[FOREST_KINDS];
    struct report_change *rows; /* the worst first */
    size_t n;
};

/* Of the time a step takes, `next` by `base`, both result documents with the
 * names of their files. Free in the end. */
void report_changes_of(const json_t *base, const char *base_name,
                       const json_t *next, const char *next_name,
                       struct report_changes *ret);
void report_changes_free(struct report_changes *changes);
