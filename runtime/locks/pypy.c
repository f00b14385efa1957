/* SPDX-License-Identifier: MIT */
/*
 * The GIL of PyPy (rpython/translator/c/src/thread_gil.c): a word that says
 * who holds the lock, and a mutex that is normally kept locked. A release is
 * one store, without a system call and without a wake-up; a waiter polls, then
 * queues for the place of the one stealer, who tries the word every 100 us.
 * At an explicit yield the holder opens the mutex instead, which hands the
 * lock to the stealer at once, and queues behind.
 *
 * word      set by                           cleared by       stale?
 * fastgil   acquirer, by compare-and-swap    releaser         no: it decides
 * baton     a holder that yields explicitly  the stealer,     no: who takes
 *           (the mutex is "unlocked")        who is the       it holds the
 *                                            holder then      lock; fastgil
 *                                                             stays set
 * waiting   each waiter adds itself          and takes itself yes: read by
 *                                            off              the holder as
 *                                                             advice
 *
 * Promises mutual exclusion, and a wait that ends although the holder never
 * blocks, as long as it polls; the stealer's mutex gives no order.
 */
#include "runtime/locks/lock_policy.h"

#include "harness/base/must.h"

#include <errno.h>
#include <pthread.h>

enum { POLLS_MIN = 40, POLLS_MAX = 400 };

struct pypy_lock {
    _Atomic uint32_t fastgil;
    _Atomic uint32_t waiting;
    pthread_mutex_t stealer; /* held by the one that may steal */
    pthread_mutex_t mutex;   /* protects baton */
    pthread_cond_t cond;
    bool baton;
    int64_t left; /* safepoints until the next yield; holder's */
    int64_t check_interval;
    uint64_t steal_ns;
};

static int pypy_init(void *lock, const struct params *params, struct diag *diag)
{
    (void)diag;
    struct pypy_lock *self = lock;
    pthread_condattr_t attr;
    self->check_interval = params_get(params, "check_interval");
    self->left = self->check_interval;
    self->steal_ns = (uint64_t)params_get(params, "steal_us") * NS_PER_US;
    must(pthread_mutex_init(&self->stealer, NULL) == 0);
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&self->cond, &attr) == 0);
    must(pthread_condattr_destroy(&attr) == 0);
    return 0;
}

static void pypy_deinit(void *lock)
{
    struct pypy_lock *self = lock;
    must(pthread_cond_destroy(&self->cond) == 0);
    must(pthread_mutex_destroy(&self->mutex) == 0);
    must(pthread_mutex_destroy(&self->stealer) == 0);
}

static bool try_take(struct pypy_lock *self)
{
    uint32_t seen = 0;
    return atomic_load_explicit(&self->fastgil, memory_order_relaxed) == 0 &&
           atomic_compare_exchange_strong_explicit(&self->fastgil, &seen, 1,
                                                   memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Waits one stealing interval for a holder that yields. True: it did, and the
 * lock is ours. */
static bool await_baton(struct pypy_lock *self)
{
    struct timespec deadline = timespec_of_ns(clock_now_ns() + self->steal_ns);
    int rc = 0;
    must(pthread_mutex_lock(&self->mutex) == 0);
    while (!self->baton && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&self->cond, &self->mutex, &deadline);
        must(rc == 0 || rc == ETIMEDOUT);
    }
    bool taken = self->baton;
    self->baton = false;
    must(pthread_mutex_unlock(&self->mutex) == 0);
    return taken;
}

/* The number of polls wanders between its limits, so that waiters do not fall
 * into step. */
static bool poll_for_a_while(struct pypy_lock *self, struct lock_waiter *me)
{
    uint32_t span = POLLS_MAX - POLLS_MIN;
    uint32_t polls =
        POLLS_MIN + (uint32_t)(counter_get(&me->waits) * 7919u) % span;
    for (uint32_t i = 0; i < polls; i++) {
        if (try_take(self)) {
            return true;
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    return false;
}

static void steal(struct pypy_lock *self, struct lock_waiter *me)
{
    bool woken = false;
    must(pthread_mutex_lock(&self->stealer) == 0);
    while (!try_take(self)) {
        if (woken) {
            lock_woken_in_vain(me);
        }
        woken = true;
        if (await_baton(self)) {
            break;
        }
    }
    must(pthread_mutex_unlock(&self->stealer) == 0);
}

/* Opens the mutex: whoever steals next is the holder; fastgil stays set. */
static void pass_on(struct pypy_lock *self, struct lock_waiter *me)
{
    must(pthread_mutex_lock(&self->mutex) == 0);
    self->baton = true;
    must(pthread_cond_signal(&self->cond) == 0);
    must(pthread_mutex_unlock(&self->mutex) == 0);
    steal(self, me);
}

/* A poller that comes in ahead of others passes the lock on and queues. */
static void pypy_acquire(void *lock, struct lock_waiter *me)
{
    struct pypy_lock *self = lock;
    if (try_take(self)) {
        return;
    }
    lock_wait_begin(me);
    uint32_t others =
        atomic_fetch_add_explicit(&self->waiting, 1, memory_order_relaxed);
    if (!poll_for_a_while(self, me)) {
        steal(self, me);
    } else if (others > 0) {
        pass_on(self, me);
    }
    atomic_fetch_sub_explicit(&self->waiting, 1, memory_order_relaxed);
    lock_wait_end(me);
}

static void pypy_release(void *lock, struct lock_waiter *me)
{
    struct pypy_lock *self = lock;
    (void)me;
    atomic_store_explicit(&self->fastgil, 0, memory_order_release);
}

static bool pypy_safepoint(void *lock, struct lock_waiter *me)
{
    struct pypy_lock *self = lock;
    (void)me;
    if (--self->left >= 0) {
        return false;
    }
    self->left = self->check_interval;
    return atomic_load_explicit(&self->waiting, memory_order_relaxed) > 0;
}

static void pypy_give_way(void *lock, struct lock_waiter *me)
{
    struct pypy_lock *self = lock;
    lock_wait_begin(me);
    atomic_fetch_add_explicit(&self->waiting, 1, memory_order_relaxed);
    pass_on(self, me);
    atomic_fetch_sub_explicit(&self->waiting, 1, memory_order_relaxed);
    lock_wait_end(me);
}

static const struct param pypy_params[] = {
    {.name = "check_interval",
     .help = "safepoints between two explicit yields (bytecodes)",
     .unit = "ticks",
     .def = 10000,
     .min = 0,
     .max = 1000000000},
    {.name = "steal_us",
     .help = "how often the stealer tries",
     .unit = "us",
     .def = 100,
     .min = 1,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_pypy = {
    .unit = {.name = "pypy",
             .summary = "PyPy: release is one store, a waiter steals within "
                        "100 us, a yield every 10,000 ticks",
             .params = pypy_params},
    .source = "PyPy, rpython/translator/c/src/thread_gil.c",
    .promises = LOCK_EXCLUDES | LOCK_BOUNDED,
    .polls_every = true,
    .size = sizeof(struct pypy_lock),
    .init = pypy_init,
    .deinit = pypy_deinit,
    .acquire = pypy_acquire,
    .release = pypy_release,
    .safepoint = pypy_safepoint,
    .give_way = pypy_give_way,
};
