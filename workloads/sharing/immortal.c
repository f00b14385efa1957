/* SPDX-License-Identifier: MIT */
/* Objects that outlive the run are not counted at all, which costs a look at
 * the count; the others are counted as in biased.c. */
#include "workloads/sharing/biased_counts.h"

COUNTED_LOOP(immortal, biased_ops, biased_counts)

const struct sharing sharing_immortal = {
    .unit = {.name = "immortal",
             .summary = "biased, and what outlives the run is not counted"},
    .refcount = immortal_refcount,
    .immortal = true,
};
