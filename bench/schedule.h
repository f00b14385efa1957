/* SPDX-License-Identifier: MIT */
/*
 * The order of a run: rounds over all cells. In a round, the cells of a block
 * (bench/block.h) come one after another; blocks, and the cells in each, are in
 * a random order, of each round its own. A drift of the machine then meets all
 * cells alike, and a run that is cut short has a little of everything. The same
 * seed gives the same order.
 */
#pragma once

#include "harness/cell/cell.h"

#include <stdint.h>

/* A document of more could hardly be read: see DOCUMENT_MAX_BYTES. */
#define SCHEDULE_MAX 100000

struct schedule_entry {
    size_t cell;
    unsigned rep;
};

struct schedule {
    struct schedule_entry *entries;
    size_t n;
};

/* The repetitions of all cells that are not skipped. */
size_t schedule_count(const struct cell *cells, size_t n);
void schedule_init(struct schedule *schedule, const struct cell *cells,
                   size_t n, uint64_t seed);
void schedule_deinit(struct schedule *schedule);
