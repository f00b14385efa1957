/* SPDX-License-Identifier: MIT */
/* A mutex of the C library in every object: what the others are held to. */
#include "workloads/sharing/strategy.h"

#include "harness/base/must.h"

#include <pthread.h>

GUARD_IS(pthread_mutex_t);

ALWAYS_INLINE void take(struct sharing_task *me, struct guard *guard,
                        uint64_t key)
{
    (void)me;
    (void)key;
    must(pthread_mutex_lock((pthread_mutex_t *)guard) == 0);
}

ALWAYS_INLINE void give(struct sharing_task *me, struct guard *guard,
                        uint64_t key)
{
    (void)me;
    (void)key;
    must(pthread_mutex_unlock((pthread_mutex_t *)guard) == 0);
}

ALWAYS_INLINE bool give_read(struct sharing_task *me, struct guard *guard,
                             uint64_t key)
{
    give(me, guard, key);
    return true;
}

static const struct guard_ops pthread_mutex_ops = {
    .read = take,
    .read_done = give_read,
    .write = take,
    .write_done = give,
};

GUARD_LOOPS(pthread_mutex, pthread_mutex_ops)

static void pthread_mutex_guard_init(struct guard *guard)
{
    must(pthread_mutex_init((pthread_mutex_t *)guard, NULL) == 0);
}

static void pthread_mutex_guard_deinit(struct guard *guard)
{
    must(pthread_mutex_destroy((pthread_mutex_t *)guard) == 0);
}

const struct sharing sharing_pthread_mutex = {
    .unit = {.name = "pthread_mutex",
             .summary = "a mutex of the C library in every object"},
    .library = "glibc",
    .counter = pthread_mutex_counter,
    .map = pthread_mutex_map,
    .vector = pthread_mutex_vector,
    .guard_init = pthread_mutex_guard_init,
    .guard_deinit = pthread_mutex_guard_deinit,
};
