/* SPDX-License-Identifier: MIT */
#include "bench/schedule.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"

#include <string.h>

/* Cells that are to run one after another, and their turn in the round. */
struct blocks {
    size_t n;
    size_t *of;    /* by cell */
    size_t *order; /* a permutation of the blocks */
    size_t *begin; /* by block: where its next entry goes */
};

static bool same_block(const struct cell *a, const struct cell *b)
{
    return a->block && b->block && strcmp(a->block, b->block) == 0;
}

/* Those that are a block by themselves come last, as they stand. */
static int compare_blocks(const void *a, const void *b)
{
    const struct cell *left = *(const struct cell *const *)a;
    const struct cell *right = *(const struct cell *const *)b;
    if (left->block && right->block) {
        return strcmp(left->block, right->block);
    }
    if (left->block || right->block) {
        return left->block ? -1 : 1;
    }
    return (left > right) - (left < right);
}

static void blocks_init(struct blocks *blocks, const struct cell *cells,
                        size_t n)
{
    _cleanup_(free_p) const struct cell **sorted =
        must_calloc(n + 1, sizeof(*sorted));
    *blocks = (struct blocks){.of = must_calloc(n + 1, sizeof(size_t)),
                              .order = must_calloc(n + 1, sizeof(size_t)),
                              .begin = must_calloc(n + 1, sizeof(size_t))};
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &cells[i];
    }
    qsort(sorted, n, sizeof(*sorted), compare_blocks);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !same_block(sorted[i - 1], sorted[i])) {
            blocks->order[blocks->n] = blocks->n;
            blocks->n++;
        }
        blocks->of[sorted[i] - cells] = blocks->n - 1;
    }
}

static void blocks_deinit(struct blocks *blocks)
{
    free(blocks->of);
    free(blocks->order);
    free(blocks->begin);
}

static void shuffle_blocks(struct blocks *blocks, struct rng *rng)
{
    for (size_t i = blocks->n; i > 1; i--) {
        size_t j = (size_t)rng_below(rng, i);
        size_t swap = blocks->order[i - 1];
        blocks->order[i - 1] = blocks->order[j];
        blocks->order[j] = swap;
    }
}

static void shuffle(struct schedule_entry *entries, size_t n, struct rng *rng)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rng_below(rng, i);
        struct schedule_entry swap = entries[i - 1];
        entries[i - 1] = entries[j];
        entries[j] = swap;
    }
}

static size_t add_round(struct schedule_entry *entries,
                        const struct cell *cells, size_t n, unsigned round)
{
    size_t added = 0;
    for (size_t i = 0; i < n; i++) {
        if (!cells[i].skip && round < cells[i].reps) {
            entries[added++] = (struct schedule_entry){i, round};
        }
    }
    return added;
}

/* Brings each block together, at its turn; within it the order stays. */
static void gather(struct blocks *blocks, const struct schedule_entry *from,
                   size_t n, struct schedule_entry *to)
{
    for (size_t i = 0; i < blocks->n; i++) {
        blocks->begin[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        blocks->begin[blocks->of[from[i].cell]]++;
    }
    for (size_t i = 0, at = 0; i < blocks->n; i++) {
        size_t *begin = &blocks->begin[blocks->order[i]];
        size_t size = *begin;
        *begin = at;
        at += size;
    }
    for (size_t i = 0; i < n; i++) {
        to[blocks->begin[blocks->of[from[i].cell]]++] = from[i];
    }
}

size_t schedule_count(const struct cell *cells, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += cells[i].skip ? 0 : cells[i].reps;
    }
    return total;
}

static unsigned most_reps(const struct cell *cells, size_t n)
{
    unsigned most = 0;
    for (size_t i = 0; i < n; i++) {
        most = cells[i].reps > most ? cells[i].reps : most;
    }
    return most;
}

void schedule_init(struct schedule *schedule, const struct cell *cells,
                   size_t n, uint64_t seed)
{
    struct rng rng = {seed};
    _cleanup_(blocks_deinit) struct blocks blocks;
    blocks_init(&blocks, cells, n);
    unsigned rounds = most_reps(cells, n);
    _cleanup_(free_p) struct schedule_entry *drawn =
        must_calloc(n + 1, sizeof(*drawn));
    schedule->entries =
        must_calloc(schedule_count(cells, n), sizeof(*schedule->entries));
    schedule->n = 0;
    for (unsigned round = 0; round < rounds; round++) {
        size_t added = add_round(drawn, cells, n, round);
        shuffle(drawn, added, &rng);
        if (blocks.n < n) {
            shuffle_blocks(&blocks, &rng);
            gather(&blocks, drawn, added, schedule->entries + schedule->n);
        } else {
            memcpy(schedule->entries + schedule->n, drawn,
                   added * sizeof(*drawn));
        }
        schedule->n += added;
    }
}

void schedule_deinit(struct schedule *schedule)
{
    free(schedule->entries);
    *schedule = (struct schedule){0};
}
