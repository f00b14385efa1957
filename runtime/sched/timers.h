/* SPDX-License-Identifier: MIT */
/* Timers of one loop: a 4-ary heap with the keys in the array, so an expiry
 * costs few cache misses. Not shared between threads. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct exec;

struct timer {
    uint64_t deadline_ns;
    struct exec *ex;
};

struct timers {
    struct timer *heap;
    size_t n;
    size_t capacity;
};

void timers_deinit(struct timers *timers);
void timers_add(struct timers *timers, uint64_t deadline_ns, struct exec *ex);

/* The task whose deadline is the earliest and has passed, or NULL. */
struct exec *timers_expire(struct timers *timers, uint64_t now_ns);

/* The earliest deadline, or 0 when there is none. */
static inline uint64_t timers_next(const struct timers *timers)
{
    return timers->n ? timers->heap[0].deadline_ns : 0;
}
