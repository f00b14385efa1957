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
