/* SPDX-License-Identifier: MIT */
/* Context switches of this process as the kernel counts them. */
#pragma once

#include <stdint.h>
#include <sys/resource.h>

struct switches {
    uint64_t voluntary;
    uint64_t involuntary;
};

/* Where a tracer stops the thread at every call, no reading is undisturbed. */
#define SWITCHES_TRIES 64

/* Of all threads but the calling one, those that have ended included. */
static inline void switches_read(struct switches *ret)
{
    struct rusage before;
    struct rusage all;
    /* A switch of this thread between two readings would make the difference
     * a little too large: read again. */
    for (int i = 0; i < SWITCHES_TRIES; i++) {
        struct rusage after;
        getrusage(RUSAGE_THREAD, &before);
        getrusage(RUSAGE_SELF, &all);
        getrusage(RUSAGE_THREAD, &after);
        if (before.ru_nvcsw == after.ru_nvcsw &&
            before.ru_nivcsw == after.ru_nivcsw) {
            break;
        }
    }
    ret->voluntary = (uint64_t)(all.ru_nvcsw - before.ru_nvcsw);
    ret->involuntary = (uint64_t)(all.ru_nivcsw - before.ru_nivcsw);
}
