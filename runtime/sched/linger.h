/* SPDX-License-Identifier: MIT */
/*
 * Looking on for a while before going to sleep: whoever has just run out of
 * work spins, because waking a sleeper costs more than most waits last. It is
 * given up where it does not pay: after LINGER_TRIES waits in a row that lasted
 * longer only every LINGER_TRIES-th one is tried.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LINGER_TRIES = 8 };

struct lingering {
    uint64_t ns;      /* 0: never */
    unsigned in_vain; /* in a row */
};

/* Whether to spin before this sleep. */
static inline bool linger_tries(struct lingering *linger)
{
    if (linger->ns == 0) {
        return false;
    }
    if (linger->in_vain < LINGER_TRIES) {
        return true;
    }
    return ++linger->in_vain % LINGER_TRIES == 0;
}

/* What came of it. */
static inline void linger_ended(struct lingering *linger, bool paid)
{
    linger->in_vain = paid ? 0 : linger->in_vain + 1;
}

static inline void linger_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
