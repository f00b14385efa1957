/* SPDX-License-Identifier: MIT */
/* Context switches of this process as the kernel counts them. */
#pragma once

#include <stdint.h>
#include <sys/resource.h>

struct switches {
    uint64_t voluntary;
    uint64_t involuntary;
};

/* Of all threads but the calling one, those that have ended included. */
static inline void switches_read(struct switches *ret)
{
    struct rusage before;
    struct rusage all;
    struct rusage own;
    /* A switch of this thread between two readings would make the difference
     * wrong, even negative: read again. */
    do {
        getrusage(RUSAGE_THREAD, &before);
        getrusage(RUSAGE_SELF, &all);
        getrusage(RUSAGE_THREAD, &own);
    } while (before.ru_nvcsw != own.ru_nvcsw ||
             before.ru_nivcsw != own.ru_nivcsw);
    ret->voluntary = (uint64_t)(all.ru_nvcsw - own.ru_nvcsw);
    ret->involuntary = (uint64_t)(all.ru_nivcsw - own.ru_nivcsw);
}
