/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* Two lines: the adjacent-line prefetcher of x86 pairs them. */
#define CACHELINE_PAIR 128
#define CACHELINE      64
#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define ARRAY_LEN(a)   (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member)                                        \
    ((type *)((char *)(ptr)-offsetof(type, member)))

/* Zeroes whole cache lines by plain stores. For an object of a few lines gcc
 * would take `rep stos`, which needs 15 ns before it begins. */
static inline void cachelines_clear(void *lines, size_t size)
{
    typedef long line
        __attribute__((vector_size(CACHELINE), aligned(CACHELINE), may_alias));
    line *line_at = lines;
    for (size_t i = 0; i < size / CACHELINE; i++) {
        line_at[i] = (line){0};
    }
}
