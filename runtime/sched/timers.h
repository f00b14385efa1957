/* SPDX-License-Identifier: MIT */
/*
 * Timers of one loop: a hierarchical wheel (Varghese and Lauck 1987). Adding
 * and cancelling take the same few instructions however many there are; what
 * expires moves down a level at most TIMERS_LEVELS times before. Not shared
 * between threads.
 *
 * Time goes in ticks of TIMERS_TICK_NS. A timer stands on the level of the
 * highest digit, to base TIMERS_SLOTS, in which its tick differs from now's, in
 * the slot of that digit. So the first of the slots in use on the lowest level
 * in use comes first, and on the lowest level a slot is one tick.
 *
 * Never early: a deadline is rounded up to the next tick. Timers of one tick
 * expire in the order in which they were added, but for those that came down
 * from a higher level.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TIMERS_TICK_BITS = 10,
    TIMERS_DIGIT_BITS = 6,
    TIMERS_SLOTS = 1 << TIMERS_DIGIT_BITS,
    TIMERS_LEVELS = 9, /* 10 + 9 * 6 bits: all of 64 */
};

#define TIMERS_TICK_NS (UINT64_C(1) << TIMERS_TICK_BITS)

struct exec;

struct timer_link {
    struct timer_link *next;
    struct timer_link *previous;
};

/* Lives where who waits for it lives; it is there until it has expired or was
 * cancelled. */
struct timer {
    struct timer_link link; /* next is NULL while it stands nowhere */
    uint64_t deadline_ns;
    struct exec *ex;
};

struct timers {
    uint64_t now; /* in ticks; what was due by then is in `due` or gone */
    /* Which levels, and which of their slots, may hold a timer: set by who adds
     * one; cleared when the slot has its turn, or is found empty by who looks
     * for the first. */
    uint32_t levels;
    uint64_t used[TIMERS_LEVELS];
    struct timer_link slots[TIMERS_LEVELS][TIMERS_SLOTS];
    struct timer_link due;
};

void timers_init(struct timers *timers, uint64_t now_ns);

/* `timer` has its deadline; it may be past. */
void timers_add(struct timers *timers, struct timer *timer);
/* False: it has expired, or was never there. */
bool timers_cancel(struct timers *timers, struct timer *timer);

/* False: there is no timer. True: there may be one. */
static inline bool timers_may_expire(const struct timers *timers)
{
    return timers->levels || timers->due.next != &timers->due;
}

/* The next timer whose deadline has passed, tick by tick, or NULL. `now_ns`
 * never goes back. */
struct timer *timers_expire(struct timers *timers, uint64_t now_ns);

/* When it is time to ask for the next one: at its deadline's tick, or before,
 * where many share a slot of a high level. UINT64_MAX: there is none. */
uint64_t timers_next(struct timers *timers);
