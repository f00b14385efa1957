/* SPDX-License-Identifier: MIT */
/*
 * `must(call)` is for calls that cannot fail unless the program is wrong or
 * the machine is out of memory. Unlike assert it does its work in every build.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define must(expr)                                                             \
    do {                                                                       \
        if (__builtin_expect(!(expr), 0)) {                                    \
            must_failed(#expr, __FILE__, __LINE__);                            \
        }                                                                      \
    } while (0)

__attribute__((noreturn, cold)) static inline void must_failed(const char *expr,
                                                               const char *file,
                                                               int line)
{
    fprintf(stderr, "gilbench: internal error: %s (%s:%d)\n", expr, file, line);
    abort();
}

__attribute__((noreturn, cold)) static inline void must_out_of_memory(void)
{
    fprintf(stderr, "gilbench: no memory left: raise what limits it (ulimit -v "
                    "or -d, memory.max of the cgroup), or run fewer tasks\n");
    abort();
}

/* Zeroed memory for `n` objects of `size` bytes; never NULL. */
static inline void *must_calloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (__builtin_expect(!p, 0)) {
        must_out_of_memory();
    }
    return p;
}

/* Not zeroed; `size` is a multiple of `alignment`. Never NULL. */
static inline void *must_aligned_alloc(size_t alignment, size_t size)
{
    void *p = aligned_alloc(alignment, size);
    if (__builtin_expect(!p, 0)) {
        must_out_of_memory();
    }
    return p;
}
