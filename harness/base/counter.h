/* SPDX-License-Identifier: MIT */
/* A statistic with one writer and any number of readers: no locked
 * instruction, and never a torn value. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t counter;

static inline void counter_add(counter *c, uint64_t n)
{
    uint64_t value = atomic_load_explicit(c, memory_order_relaxed);
    atomic_store_explicit(c, value + n, memory_order_relaxed);
}

static inline uint64_t counter_get(const counter *c)
{
    return atomic_load_explicit((counter *)c, memory_order_relaxed);
}

static inline void counter_set(counter *c, uint64_t n)
{
    atomic_store_explicit(c, n, memory_order_relaxed);
}
