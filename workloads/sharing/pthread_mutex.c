/* SPDX-License-Identifier: MIT */
/* A mutex of the C library in every object: what the others are held to. */
#include "workloads/sharing/strategy.h"

#include "harness/base/must.h"

#include <pthread.h>

SHIELD_IS(pthread_mutex_t);

ALWAYS_INLINE void take(struct sharing_task *me, struct shield *shield,
                        uint64_t key)
{
    (void)me;
    (void)key;
    must(pthread_mutex_lock((pthread_mutex_t *)shield) == 0);
}

ALWAYS_INLINE void give(struct sharing_task *me, struct shield *shield,
                        uint64_t key)
{
    (void)me;
    (void)key;
    must(pthread_mutex_unlock((pthread_mutex_t *)shield) == 0);
}

ALWAYS_INLINE bool give_read(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    give(me, shield, key);
    return true;
}

static const struct shield_ops pthread_mutex_ops = {
    .read = take,
    .read_done = give_read,
    .write = take,
    .write_done = give,
};

SHIELD_LOOPS(pthread_mutex, pthread_mutex_ops)

static void pthread_mutex_shield_init(struct shield *shield)
{
    must(pthread_mutex_init((pthread_mutex_t *)shield, NULL) == 0);
}

static void pthread_mutex_shield_deinit(struct shield *shield)
{
    must(pthread_mutex_destroy((pthread_mutex_t *)shield) == 0);
}

const struct sharing sharing_pthread_mutex = {
    .unit = {.name = "pthread_mutex",
             .summary = "a mutex of the C library in every object"},
    .library = "glibc",
    .counter = pthread_mutex_counter,
    .map = pthread_mutex_map,
    .vector = pthread_mutex_vector,
    .shield_init = pthread_mutex_shield_init,
    .shield_deinit = pthread_mutex_shield_deinit,
};
