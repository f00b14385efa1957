/* SPDX-License-Identifier: MIT */
/*
 * The GIL of CPython 2 (Python/ceval.c, thread_pthread.h): a semaphore of one,
 * and a counter of ticks. At every `check_interval`-th safepoint the holder
 * posts the semaphore and waits for it at once, whether or not anybody else
 * does. Nothing makes it stand back: on several CPUs it mostly wins against
 * the thread it has just woken, whose wake-up was in vain.
 *
 * word    set by                               cleared by       stale?
 * sem     post by the holder                   wait, by whoever no
 *                                              comes first
 * ticker  the holder only (shared by all       never            no: under the
 *         threads, as in CPython)                               lock
 *
 * A tick is a safepoint here. In CPython 2.7 a countdown loop spends three
 * ticks an iteration, and 100 ticks last about 0.4 us.
 *
 * Promises mutual exclusion only.
 */
#include "runtime/locks/lock_policy.h"

#include "harness/base/must.h"

#include <errno.h>
#include <semaphore.h>

struct cpython2_lock {
    sem_t sem;
    int64_t ticker;
    int64_t check_interval;
};

static int cpython2_init(void *lock, const struct params *params,
                         struct diag *diag)
{
    (void)diag;
    struct cpython2_lock *self = lock;
    self->check_interval = params_get(params, "check_interval");
    self->ticker = self->check_interval;
    must(sem_init(&self->sem, 0, 1) == 0);
    return 0;
}

static void cpython2_deinit(void *lock)
{
    struct cpython2_lock *self = lock;
    must(sem_destroy(&self->sem) == 0);
}

static void cpython2_acquire(void *lock, struct lock_waiter *me)
{
    struct cpython2_lock *self = lock;
    if (sem_trywait(&self->sem) == 0) {
        return;
    }
    lock_wait_begin(me);
    while (sem_wait(&self->sem) != 0) {
        must(errno == EINTR);
    }
    lock_wait_end(me);
}

static void cpython2_release(void *lock, struct lock_waiter *me)
{
    struct cpython2_lock *self = lock;
    (void)me;
    must(sem_post(&self->sem) == 0);
}

static bool cpython2_safepoint(void *lock, struct lock_waiter *me)
{
    struct cpython2_lock *self = lock;
    (void)me;
    if (--self->ticker >= 0) {
        return false;
    }
    self->ticker = self->check_interval;
    return true;
}

static const struct param cpython2_params[] = {
    {.name = "check_interval",
     .help = "safepoints between two releases (sys.setcheckinterval)",
     .unit = "ticks",
     .def = 100,
     .min = 0,
     .max = 1000000000},
    {0},
};

const struct lock_policy lock_policy_cpython2 = {
    .unit = {.name = "cpython2",
             .summary = "CPython 2: a semaphore, released every 100 ticks",
             .params = cpython2_params},
    .source = "CPython 2.7, Python/ceval.c and thread_pthread.h",
    .promises = LOCK_EXCLUDES,
    .hides_wakeups = true,
    .polls_every = true,
    .size = sizeof(struct cpython2_lock),
    .init = cpython2_init,
    .deinit = cpython2_deinit,
    .acquire = cpython2_acquire,
    .release = cpython2_release,
    .safepoint = cpython2_safepoint,
};
