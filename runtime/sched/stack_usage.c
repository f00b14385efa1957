/* SPDX-License-Identifier: MIT */
/*
 * The deepest use of a stack. The kernel tells which pages of a slot were ever
 * touched, and within the lowest of them the first word that is not zero is
 * where somebody has been: stacks come zeroed, and nobody clears them.
 *
 * Of a million stacks not each is looked into: all that have more pages than
 * the deepest so far, and of the others every n-th.
 */
#include "runtime/sched/stack_usage.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    LOOKED_INTO = 65536, /* slots, at least */
    AT_ONCE = 65536,     /* pages that the kernel is asked about */
};

/* What is left on a stack is poisoned, and was written by other threads. */
__attribute__((noinline, no_sanitize("address"),
               no_sanitize("thread"))) static const char *
first_used(const char *from, const char *to)
{
    const uint64_t *at = (const uint64_t *)from;
    while ((const char *)at < to && *at == 0) {
        at++;
    }
    return (const char *)at;
}

/* `pages` of the slot at `low`, guard included: how deep has it been used?
 * Only a use deeper than `deepest` is looked for. */
static size_t look_into(const struct stack_pool *pool, const char *low,
                        const unsigned char *pages, bool sampled,
                        size_t deepest)
{
    size_t page = pool->guard_size;
    size_t first = 1;
    while (first < pool->slot_size / page && !(pages[first] & 1)) {
        first++;
    }
    const char *block = stack_block_of(pool, low);
    const char *from = low + first * page;
    const char *to = block - deepest;
    bool more_pages = from + page <= to;
    if (from >= to || !(more_pages || sampled)) {
        return deepest;
    }
    const char *used = first_used(from, to);
    return used < to ? (size_t)(block - used) : deepest;
}

static size_t high_water_of(const struct stack_pool *pool,
                            const struct stack_slab *slab, size_t deepest)
{
    size_t slot_pages = pool->slot_size / pool->guard_size;
    size_t chunk = AT_ONCE / slot_pages ? AT_ONCE / slot_pages : 1;
    chunk = slab->used < chunk ? slab->used : chunk;
    size_t every = pool->made / LOOKED_INTO + 1;
    _cleanup_(free_p) unsigned char *pages =
        must_calloc(chunk * slot_pages, sizeof(*pages));
    for (size_t i = 0; i < slab->used; i += chunk) {
        size_t n = slab->used - i < chunk ? slab->used - i : chunk;
        char *low = slab->low + i * pool->slot_size;
        if (mincore(low, n * pool->slot_size, pages) < 0) {
            return deepest;
        }
        for (size_t k = 0; k < n; k++) {
            deepest = look_into(pool, low + k * pool->slot_size,
                                pages + k * slot_pages, (i + k) % every == 0,
                                deepest);
        }
    }
    return deepest;
}

/* Mappings of the kernel in which stacks are. */
static uint64_t mappings(const struct stack_pool *pool)
{
    char line[512];
    uint64_t found = 0;
    _cleanup_(fclose_p) FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && fgets(line, sizeof(line), maps)) {
        unsigned long low;
        unsigned long high;
        if (sscanf(line, "%lx-%lx ", &low, &high) != 2) {
            continue;
        }
        for (const struct stack_slab *slab = pool->slabs; slab;
             slab = slab->next) {
            uintptr_t begin = (uintptr_t)slab->low;
            if (low < begin + slab->slots * pool->slot_size && high > begin) {
                found++;
                break;
            }
        }
    }
    return found;
}

void stack_usage(const struct stack_pool *pool, struct exec_stacks *ret)
{
    size_t deepest = 0;
    for (const struct stack_slab *slab = pool->slabs; slab; slab = slab->next) {
        /* valgrind forbids to look at what is left on a stack */
        deepest = slab->valgrinds ? 0 : high_water_of(pool, slab, deepest);
    }
    *ret = (struct exec_stacks){.made = pool->made,
                                .guarded = pool->guarded,
                                .mappings = mappings(pool),
                                .high_water_bytes = deepest};
}
