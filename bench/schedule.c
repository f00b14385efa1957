/* SPDX-License-Identifier: MIT */
#include "bench/schedule.h"

#include "harness/base/must.h"
#include "harness/base/rng.h"

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

size_t schedule_count(const struct cell *cells, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += cells[i].skip ? 0 : cells[i].reps;
    }
    return total;
}

void schedule_init(struct schedule *schedule, const struct cell *cells,
                   size_t n, uint64_t seed)
{
    struct rng rng = {seed};
    unsigned rounds = 0;
    for (size_t i = 0; i < n; i++) {
        rounds = cells[i].reps > rounds ? cells[i].reps : rounds;
    }
    schedule->entries =
        must_calloc(schedule_count(cells, n), sizeof(*schedule->entries));
    schedule->n = 0;
    for (unsigned round = 0; round < rounds; round++) {
        struct schedule_entry *begin = schedule->entries + schedule->n;
        size_t added = add_round(begin, cells, n, round);
        shuffle(begin, added, &rng);
        schedule->n += added;
    }
}

void schedule_deinit(struct schedule *schedule)
{
    free(schedule->entries);
    *schedule = (struct schedule){0};
}
