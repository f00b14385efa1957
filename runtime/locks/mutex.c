/* SPDX-License-Identifier: MIT */
/*
 * A pthread mutex with the waiter's switch interval of CPython 3, but without
 * its forced switching: the baseline that shows what forcing buys.
 *
 * acquire   tries; else waits for a whole interval at a time and after each
 *           asks the holder to drop (EXEC_DROP in the holder's word)
 * release   clears the request and unlocks; nothing makes the releaser stand
 *           back, so a running thread mostly barges in ahead of the woken one
 *
 * word      set by                  cleared by        seen stale?
 * holder    the acquirer            nobody            yes: a waiter may ask a
 *                                                     thread that has just
 *                                                     released; it then drops
 *                                                     once for nothing
 *
 * Promises mutual exclusion only: no order, no bound on the wait.
 */
#include "runtime/locks/lock_policy.h"

#include "harness/base/must.h"

#include <errno.h>
#include <pthread.h>

struct mutex_lock {
    pthread_mutex_t mutex;
    _Atomic(struct lock_waiter *) holder;
    uint64_t interval_ns;
};

static int mutex_init(void *lock, const struct params *params,
                      struct diag *diag)
{
    (void)diag;
    struct mutex_lock *self = lock;
    self->interval_ns =
        (uint64_t)params_get(params, "switch_interval_us") * NS_PER_US;
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    return 0;
}

static void mutex_deinit(void *lock)
{
    struct mutex_lock *self = lock;
    must(pthread_mutex_destroy(&self->mutex) == 0);
}

/* On the clock of pthread_mutex_timedlock(), the wall clock: when it is set
 * during a run, one request comes earlier or later. The variant with a choice
 * of clocks is unknown to ThreadSanitizer. */
static struct timespec one_interval_from_now(const struct mutex_lock *self)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return timespec_of_ns(ns_of_timespec(now) + self->interval_ns);
}

static void wait_and_ask(struct mutex_lock *self, struct lock_waiter *me)
{
    lock_wait_begin(me);
    for (;;) {
        struct timespec deadline = one_interval_from_now(self);
        int rc = pthread_mutex_timedlock(&self->mutex, &deadline);
        if (rc == 0) {
            break;
        }
        must(rc == ETIMEDOUT);
        struct lock_waiter *holder =
            atomic_load_explicit(&self->holder, memory_order_acquire);
        if (holder) {
            lock_ask(me, holder);
        }
    }
    lock_wait_end(me);
}

static void mutex_acquire(void *lock, struct lock_waiter *me)
{
    struct mutex_lock *self = lock;
    if (pthread_mutex_trylock(&self->mutex) != 0) {
        wait_and_ask(self, me);
    }
    /* Release, for whoever asks: it reads what `me` was made with. */
    atomic_store_explicit(&self->holder, me, memory_order_release);
}

static void mutex_release(void *lock, struct lock_waiter *me)
{
    struct mutex_lock *self = lock;
    lock_clear_drop(me);
    must(pthread_mutex_unlock(&self->mutex) == 0);
}

static const struct param mutex_params[] = {
    {.name = "switch_interval_us",
     .help = "how long a waiter waits before it asks the holder to drop",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_mutex = {
    .unit = {.name = "mutex",
             .summary = "a mutex that barges: asks to drop, forces nothing",
             .params = mutex_params},
    .source = "pthread_mutex of the C library",
    .promises = LOCK_EXCLUDES,
    .hides_wakeups = true,
    .size = sizeof(struct mutex_lock),
    .init = mutex_init,
    .deinit = mutex_deinit,
    .acquire = mutex_acquire,
    .release = mutex_release,
};
