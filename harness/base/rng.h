/* SPDX-License-Identifier: MIT */
/* splitmix64 (Steele, Lea, Flood 2014): small, seeded, repeatable. */
#pragma once

#include "harness/base/must.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A number in [0, n), n > 0; multiply-shift (Lemire 2019). */
static inline uint64_t rng_below(struct rng *rng, uint64_t n)
{
    return (uint64_t)(((unsigned __int128)rng_next(rng) * n) >> 64);
}

/* A number in [0, 1). */
static inline double rng_double(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/* A seed that nobody has chosen. 32 bits: every JSON reader keeps them exactly.
 */
static inline uint64_t rng_fresh_seed(void)
{
    uint32_t seed = 0;
    must(getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
    return seed;
}
