/* SPDX-License-Identifier: MIT */
/* The order in which a policy offers the allowed PUs. */
#pragma once

#include "harness/topology/topology.h"

enum order {
    ORDER_CORES,   /* the first PU of each core */
    ORDER_PUS,     /* the first PU of each core, then the second ones */
    ORDER_COMPACT, /* neighbours first */
    ORDER_SCATTER, /* apart first; second PUs of cores last */
};

/* OS indices in that order without `except` (-1: all); at least one must be
 * left. The caller frees. */
int *order_pus(const struct topology *topology, enum order order, int except,
               size_t *ret_n);
