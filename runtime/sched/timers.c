/* SPDX-License-Identifier: MIT */
#include "runtime/sched/timers.h"

#include "harness/base/cacheline.h"

/* So many timers of a slot are looked at to find the first of them. */
enum { LOOK_AT = 16 };

static void list_init(struct timer_link *list)
{
    list->next = list;
    list->previous = list;
}

static bool list_is_empty(const struct timer_link *list)
{
    return list->next == list;
}

/* The stores to `link` stand apart: side by side the compiler makes one of
 * them, of a register into which both values have to be moved first, and a
 * list_remove() right after it waits for that. */
static void list_append(struct timer_link *list, struct timer_link *link)
{
    struct timer_link *last = list->previous;
    link->next = list;
    last->next = link;
    link->previous = last;
    list->previous = link;
}

static void list_remove(struct timer_link *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link->next = NULL;
}

void timers_init(struct timers *timers, uint64_t now_ns)
{
    *timers = (struct timers){.now = now_ns >> TIMERS_TICK_BITS};
    for (size_t level = 0; level < TIMERS_LEVELS; level++) {
        for (size_t slot = 0; slot < TIMERS_SLOTS; slot++) {
            list_init(&timers->slots[level][slot]);
        }
    }
    list_init(&timers->due);
}

/* Rounded up, but for the last tick of all, in 584 years. */
static uint64_t tick_of(uint64_t deadline_ns)
{
    uint64_t up = deadline_ns + TIMERS_TICK_NS - 1;
    return (up > deadline_ns ? up : deadline_ns) >> TIMERS_TICK_BITS;
}

/* Out of line, for the registers that it takes. */
static void __attribute__((noinline, cold))
mark_used(struct timers *timers, unsigned level, unsigned slot)
{
    timers->levels |= 1u << level;
    timers->used[level] |= UINT64_C(1) << slot;
}

static inline void place(struct timers *timers, struct timer *timer)
{
    uint64_t tick = tick_of(timer->deadline_ns);
    if (unlikely(tick <= timers->now)) {
        list_append(&timers->due, &timer->link);
        return;
    }
    unsigned highest = 63u - (unsigned)__builtin_clzll(tick ^ timers->now);
    unsigned level = highest / TIMERS_DIGIT_BITS;
    unsigned slot = (tick >> (level * TIMERS_DIGIT_BITS)) % TIMERS_SLOTS;
    if (unlikely(!(timers->used[level] >> slot & 1))) {
        mark_used(timers, level, slot);
    }
    list_append(&timers->slots[level][slot], &timer->link);
}

void timers_add(struct timers *timers, struct timer *timer)
{
    place(timers, timer);
}

bool timers_cancel(struct timers *timers, struct timer *timer)
{
    (void)timers;
    if (!timer->link.next) {
        return false;
    }
    list_remove(&timer->link);
    return true;
}

/* The first slot in use on a level, or NULL. */
static struct timer_link *first_of_level(struct timers *timers, unsigned level)
{
    while (timers->used[level]) {
        unsigned slot = (unsigned)__builtin_ctzll(timers->used[level]);
        if (!list_is_empty(&timers->slots[level][slot])) {
            return &timers->slots[level][slot];
        }
        timers->used[level] &= ~(UINT64_C(1) << slot);
    }
    return NULL;
}

/* The slot that comes first, and the tick at which it begins. NULL: none. */
static struct timer_link *first_slot(struct timers *timers, uint64_t *ret_tick)
{
    while (timers->levels) {
        unsigned level = (unsigned)__builtin_ctz(timers->levels);
        struct timer_link *list = first_of_level(timers, level);
        if (list) {
            uint64_t slot = (uint64_t)(list - timers->slots[level]);
            unsigned shift = level * TIMERS_DIGIT_BITS;
            uint64_t above = timers->now >> shift >> TIMERS_DIGIT_BITS
                                                         << TIMERS_DIGIT_BITS;
            *ret_tick = (above | slot) << shift;
            return list;
        }
        timers->levels &= ~(1u << level);
    }
    return NULL;
}

/* Its timers move down, or are due: `now` is where the slot begins. */
static void empty_slot(struct timers *timers, struct timer_link *list)
{
    size_t at = (size_t)(list - &timers->slots[0][0]);
    timers->used[at / TIMERS_SLOTS] &= ~(UINT64_C(1) << (at % TIMERS_SLOTS));
    struct timer_link *link = list->next;
    list_init(list);
    while (link != list) {
        struct timer_link *next = link->next;
        __builtin_prefetch(next->next);
        place(timers, container_of(link, struct timer, link));
        link = next;
    }
}

static void advance(struct timers *timers, uint64_t now)
{
    uint64_t tick = 0;
    struct timer_link *list;
    while (list_is_empty(&timers->due) &&
           (list = first_slot(timers, &tick)) != NULL && tick <= now) {
        timers->now = tick;
        empty_slot(timers, list);
    }
    if (list_is_empty(&timers->due) && now > timers->now) {
        timers->now = now;
    }
}

struct timer *timers_expire(struct timers *timers, uint64_t now_ns)
{
    if (list_is_empty(&timers->due)) {
        advance(timers, now_ns >> TIMERS_TICK_BITS);
    }
    struct timer_link *first = timers->due.next;
    if (first == &timers->due) {
        return NULL;
    }
    list_remove(first);
    return container_of(first, struct timer, link);
}

uint64_t timers_next(struct timers *timers)
{
    uint64_t tick = timers->now;
    const struct timer_link *list = NULL;
    if (list_is_empty(&timers->due)) {
        list = first_slot(timers, &tick);
        if (!list) {
            return UINT64_MAX;
        }
    }
    uint64_t first = UINT64_MAX;
    const struct timer_link *link = list ? list->next : NULL;
    for (int i = 0; link != list && i < LOOK_AT; i++, link = link->next) {
        uint64_t own =
            tick_of(container_of(link, const struct timer, link)->deadline_ns);
        first = own < first ? own : first;
    }
    return (link == list && list ? first : tick) << TIMERS_TICK_BITS;
}
