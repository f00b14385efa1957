/* SPDX-License-Identifier: MIT */
/*
 * Noise indicators: what else happened on the machine between two readings.
 * They explain a slow slice; nothing is ever dropped because of them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct noise {
    /* Counters since boot; negative: this kernel does not tell. */
    int64_t steal_us;     /* /proc/stat, all PUs */
    int64_t pressure_us;  /* /proc/pressure/cpu, "some" */
    int64_t throttled_us; /* the cgroup's cpu.stat */
};

/* Reads the counters; takes about 50 us. */
void noise_read(struct noise *ret);

/* b - a by field; negative where either is unknown. */
struct noise noise_between(const struct noise *a, const struct noise *b);
