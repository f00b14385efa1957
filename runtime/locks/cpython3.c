/* SPDX-License-Identifier: MIT */
/*
 * The GIL of CPython 3.2 to 3.12 (Python/ceval_gil.c): a flag under a mutex
 * and a condition variable, a timed wait by the waiter, a drop request, and
 * forced switching.
 *
 * take   while the lock is held: wait on `cond` for one whole interval. If it
 *        passed, the lock is still held and no switch happened meanwhile: set
 *        the drop request. A waiter that is woken and loses the race starts a
 *        NEW whole interval at the back of the condition variable's queue.
 * drop   clear the flag and wake at most one waiter; ownership is not handed
 *        over, so any running thread may take the lock first. If a drop
 *        request is pending: wait until somebody else has taken the lock.
 *
 * word            set by                    cleared by            stale?
 * locked          taker, under both mutexes dropper, under mutex  no
 * last_holder     taker, under both;        nobody                the dropper's
 *                 dropper, before the lock                        check may see
 *                                                                 a newer one
 * switch_number   taker, under mutex, when  nobody                no
 *                 it was not last_holder
 * EXEC_DROP in    waiter, under mutex,      the taker in its own  yes: polled
 * a breaker word  while locked, in the      word; a dropper       relaxed at
 *                 holder's word             before it waits       safepoints
 *
 * CPython 3.2-3.12 has one gil_drop_request for all threads; here it stands
 * in the holder's own word, as from 3.13 on. It is set only while the lock is
 * held and under the mutex, and a global one is cleared by the next taker in
 * the same critical section that makes it the holder, so no request ever
 * reaches a later holder in either shape (docs/decisions).
 *
 * Promises mutual exclusion. Not FIFO. Not bounded: a holder that drops often
 * and briefly makes every waiter start its interval again and starves it.
 */
#include "runtime/locks/lock_policy.h"

#include "harness/base/must.h"

#include <errno.h>
#include <pthread.h>

struct cpython3_lock {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool locked;            /* under mutex */
    uint64_t switch_number; /* under mutex */
    uint64_t interval_ns;
    _Atomic(struct lock_waiter *) last_holder;
    pthread_mutex_t switch_mutex;
    pthread_cond_t switch_cond;
};

static void monotonic_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(cond, &attr) == 0);
    must(pthread_condattr_destroy(&attr) == 0);
}

static int cpython3_init(void *lock, const struct params *params,
                         struct diag *diag)
{
    (void)diag;
    struct cpython3_lock *gil = lock;
    gil->interval_ns =
        (uint64_t)params_get(params, "switch_interval_us") * NS_PER_US;
    must(pthread_mutex_init(&gil->mutex, NULL) == 0);
    must(pthread_mutex_init(&gil->switch_mutex, NULL) == 0);
    monotonic_cond_init(&gil->cond);
    monotonic_cond_init(&gil->switch_cond);
    return 0;
}

static void cpython3_deinit(void *lock)
{
    struct cpython3_lock *gil = lock;
    must(pthread_cond_destroy(&gil->cond) == 0);
    must(pthread_cond_destroy(&gil->switch_cond) == 0);
    must(pthread_mutex_destroy(&gil->mutex) == 0);
    must(pthread_mutex_destroy(&gil->switch_mutex) == 0);
}

/* One interval; asks the holder to drop if it brought no switch. */
static void await_one_interval(struct cpython3_lock *gil,
                               struct lock_waiter *me)
{
    uint64_t saved = gil->switch_number;
    struct timespec deadline =
        timespec_of_ns(clock_now_ns() + gil->interval_ns);
    int rc = pthread_cond_timedwait(&gil->cond, &gil->mutex, &deadline);
    must(rc == 0 || rc == ETIMEDOUT);
    if (rc == ETIMEDOUT && gil->locked && gil->switch_number == saved) {
        lock_ask(me,
                 atomic_load_explicit(&gil->last_holder, memory_order_relaxed));
    }
    if (gil->locked) {
        lock_woken_in_vain(me);
    }
}

static void cpython3_take(void *lock, struct lock_waiter *me)
{
    struct cpython3_lock *gil = lock;
    must(pthread_mutex_lock(&gil->mutex) == 0);
    if (gil->locked) {
        lock_wait_begin(me);
        while (gil->locked) {
            await_one_interval(gil, me);
        }
        lock_wait_end(me);
    }
    must(pthread_mutex_lock(&gil->switch_mutex) == 0);
    gil->locked = true;
    if (atomic_load_explicit(&gil->last_holder, memory_order_relaxed) != me) {
        atomic_store_explicit(&gil->last_holder, me, memory_order_relaxed);
        gil->switch_number++;
    }
    must(pthread_cond_signal(&gil->switch_cond) == 0);
    must(pthread_mutex_unlock(&gil->switch_mutex) == 0);
    lock_clear_drop(me);
    must(pthread_mutex_unlock(&gil->mutex) == 0);
}

/* Waits once, without a loop and without a time limit, as CPython does: the
 * waiter that asked is there and will take the lock. */
static void await_switch(struct cpython3_lock *gil, struct lock_waiter *me)
{
    must(pthread_mutex_lock(&gil->switch_mutex) == 0);
    if (atomic_load_explicit(&gil->last_holder, memory_order_relaxed) == me) {
        lock_clear_drop(me);
        must(pthread_cond_wait(&gil->switch_cond, &gil->switch_mutex) == 0);
    }
    must(pthread_mutex_unlock(&gil->switch_mutex) == 0);
}

static void cpython3_drop(void *lock, struct lock_waiter *me)
{
    struct cpython3_lock *gil = lock;
    atomic_store_explicit(&gil->last_holder, me, memory_order_relaxed);
    must(pthread_mutex_lock(&gil->mutex) == 0);
    gil->locked = false;
    must(pthread_cond_signal(&gil->cond) == 0);
    must(pthread_mutex_unlock(&gil->mutex) == 0);
    if (lock_drop_requested(me)) {
        await_switch(gil, me);
    }
}

static const struct param cpython3_params[] = {
    {.name = "switch_interval_us",
     .help = "how long a waiter waits before it asks the holder to drop",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_cpython3 = {
    .unit = {.name = "cpython3",
             .summary = "CPython 3.2-3.12: waiters ask after 5 ms, the switch "
                        "is forced",
             .params = cpython3_params},
    .source = "CPython 3.2-3.12, Python/ceval_gil.c",
    .promises = LOCK_EXCLUDES,
    .size = sizeof(struct cpython3_lock),
    .init = cpython3_init,
    .deinit = cpython3_deinit,
    .acquire = cpython3_take,
    .release = cpython3_drop,
};
