/* SPDX-License-Identifier: MIT */
/*
 * Cleanup by attribute: `_cleanup_(free_p) char *text = NULL;`. Ownership is
 * passed on by `steal(&text)`, which leaves NULL behind.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define steal(p)                                                               \
    __extension__({                                                            \
        __typeof__(*(p)) stolen_ = *(p);                                       \
        *(p) = NULL;                                                           \
        stolen_;                                                               \
    })

static inline void free_p(void *p)
{
    free(*(void **)p);
}

static inline void close_p(const int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static inline void fclose_p(FILE **file)
{
    if (*file) {
        fclose(*file);
    }
}
