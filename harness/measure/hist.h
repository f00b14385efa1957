/* SPDX-License-Identifier: MIT */
/*
 * Log-linear latency histogram: 64 linear buckets per power of two, so a
 * value is known to 1/64 = 1.6 % (values below 128 exactly). One writer.
 */
#pragma once

#include <stdint.h>

#define HIST_SUB_BITS 6
#define HIST_SUB      (1u << HIST_SUB_BITS)
#define HIST_MAX_BITS 44 /* 2^44 ns = 4.9 hours; larger values are clamped */
#define HIST_BUCKETS  ((HIST_MAX_BITS - HIST_SUB_BITS + 1) * HIST_SUB)

struct hist {
    uint64_t count;
    uint64_t max; /* exact */
    uint64_t buckets[HIST_BUCKETS];
};

static inline uint32_t hist_index(uint64_t value)
{
    if (value < 2 * HIST_SUB) {
        return (uint32_t)value;
    }
    if (value >> HIST_MAX_BITS) {
        return HIST_BUCKETS - 1;
    }
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - HIST_SUB_BITS;
    return (shift << HIST_SUB_BITS) + (uint32_t)(value >> shift);
}

/* One value that stands for `times`. */
static inline void hist_record_times(struct hist *hist, uint64_t value,
                                     uint64_t times)
{
    hist->count += times;
    hist->max = value > hist->max ? value : hist->max;
    hist->buckets[hist_index(value)] += times;
}

static inline void hist_record(struct hist *hist, uint64_t value)
{
    hist_record_times(hist, value, 1);
}

/* Smallest value that belongs to a bucket. */
uint64_t hist_lowest(uint32_t index);

/* Every value times `factor`, within the width of a bucket. */
void hist_scale(struct hist *hist, double factor);

void hist_merge(struct hist *into, const struct hist *from);

/* Upper edge of the bucket in which quantile q (0..1) lies, at most `max`;
 * 0 when empty. */
uint64_t hist_quantile(const struct hist *hist, double q);
