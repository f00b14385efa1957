/* SPDX-License-Identifier: MIT */
/*
 * What a thread of an event loop holds while it runs tasks or jobs, for models
 * whose loop and executor share an interpreter lock. One object a thread; NULL
 * where they share none.
 */
#pragma once

#include <stddef.h>

struct guard {
    void (*enter)(struct guard *guard);
    void (*leave)(struct guard *guard);
    void (*end)(struct guard *guard);  /* leaves for good */
    void (*poll)(struct guard *guard); /* a safepoint that was asked at */
};

static inline void guard_enter(struct guard *guard)
{
    if (guard) {
        guard->enter(guard);
    }
}

static inline void guard_leave(struct guard *guard)
{
    if (guard) {
        guard->leave(guard);
    }
}

static inline void guard_end(struct guard *guard)
{
    if (guard) {
        guard->end(guard);
    }
}

static inline void guard_poll(struct guard *guard)
{
    if (guard) {
        guard->poll(guard);
    }
}
