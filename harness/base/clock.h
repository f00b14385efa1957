/* SPDX-License-Identifier: MIT */
/* The one clock of the project: CLOCK_MONOTONIC in nanoseconds. */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <time.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_US UINT64_C(1000)

static inline uint64_t ns_of_timespec(struct timespec ts)
{
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static inline struct timespec timespec_of_ns(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S),
                             .tv_nsec = (long)(ns % NS_PER_S)};
}

/* Nanoseconds since an arbitrary start; about 20 ns a call. */
static inline uint64_t clock_now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ns_of_timespec(ts);
}

/* CPU time of the calling thread. */
static inline uint64_t clock_thread_cpu_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ns_of_timespec(ts);
}

/* Sleeps until `deadline_ns` on the same clock; never returns early. */
static inline void clock_sleep_until(uint64_t deadline_ns)
{
    struct timespec ts = timespec_of_ns(deadline_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
           EINTR) {
    }
}
