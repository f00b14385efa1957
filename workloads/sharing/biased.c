/* SPDX-License-Identifier: MIT */
/* Who makes an object counts its references plainly, others atomically. */
#include "workloads/sharing/biased_counts.h"

COUNTED_LOOP(biased, biased_ops, biased_counts)

const struct sharing sharing_biased = {
    .unit = {.name = "biased",
             .summary = "an object's maker counts plainly, others atomically"},
    .refcount = biased_refcount,
};
