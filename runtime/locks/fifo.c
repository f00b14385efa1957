/* SPDX-License-Identifier: MIT */
/*
 * First come, first served, by direct hand-off: the releaser makes the head
 * of the queue the next holder, so nobody can barge in, and a releaser that
 * comes back queues behind. Waiters ask after a switch interval, as under
 * CPython 3; what differs from cpython3 is the queue alone.
 *
 * word         set by                       cleared by        stale?
 * holder       acquirer of a free lock;     releaser, when    no: under mutex
 *              releaser, to the head        nobody waits
 * switches     with holder                  nobody            no: under mutex
 * turn (node)  releaser, after it made the  the waiter        no: a permit
 *              waiter the holder                              means "you hold"
 * EXEC_DROP    waiter, under mutex, in the  the holder, when  yes: polled
 *              holder's word                it releases       relaxed
 *
 * Promises mutual exclusion, FIFO order, and with N waiters a wait of at most
 * N intervals as long as holders poll.
 */
#include "runtime/locks/park.h"

#include "harness/base/must.h"

#include <pthread.h>

struct fifo_lock {
    pthread_mutex_t mutex;
    struct lock_queue queue;
    struct lock_waiter *holder;
    uint64_t switches;
    uint64_t interval_ns;
};

static int fifo_init(void *lock, const struct params *params, struct diag *diag)
{
    (void)diag;
    struct fifo_lock *self = lock;
    self->interval_ns =
        (uint64_t)params_get(params, "switch_interval_us") * NS_PER_US;
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    return 0;
}

static void fifo_deinit(void *lock)
{
    struct fifo_lock *self = lock;
    must(pthread_mutex_destroy(&self->mutex) == 0);
}

static bool take_or_queue(struct fifo_lock *self, struct lock_waiter *me,
                          uint64_t *ret_switches)
{
    must(pthread_mutex_lock(&self->mutex) == 0);
    bool taken = self->holder == NULL;
    if (taken) {
        self->holder = me;
        self->switches++;
    } else {
        lock_queue_push(&self->queue, me);
    }
    *ret_switches = self->switches;
    must(pthread_mutex_unlock(&self->mutex) == 0);
    return taken;
}

/* An interval has passed: asks, unless there was a switch in it. */
static void ask(struct fifo_lock *self, struct lock_waiter *me,
                uint64_t *switches)
{
    must(pthread_mutex_lock(&self->mutex) == 0);
    if (self->switches == *switches && self->holder) {
        lock_ask(me, self->holder);
    }
    *switches = self->switches;
    must(pthread_mutex_unlock(&self->mutex) == 0);
}

static void fifo_acquire(void *lock, struct lock_waiter *me)
{
    struct fifo_lock *self = lock;
    uint64_t switches;
    if (take_or_queue(self, me, &switches)) {
        return;
    }
    lock_wait_begin(me);
    while (!lock_park_until(me, clock_now_ns() + self->interval_ns)) {
        ask(self, me, &switches);
        lock_woken_in_vain(me);
    }
    lock_wait_end(me);
}

static void fifo_release(void *lock, struct lock_waiter *me)
{
    struct fifo_lock *self = lock;
    must(pthread_mutex_lock(&self->mutex) == 0);
    lock_clear_drop(me);
    struct lock_waiter *next = lock_queue_pop(&self->queue);
    self->holder = next;
    self->switches += next != NULL;
    must(pthread_mutex_unlock(&self->mutex) == 0);
    if (next) {
        lock_unpark(next);
    }
}

static const struct param fifo_params[] = {
    {.name = "switch_interval_us",
     .help = "how long a waiter waits before it asks the holder to drop",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_fifo = {
    .unit = {.name = "fifo",
             .summary = "direct hand-off in the order of arrival",
             .params = fifo_params},
    .source = "the ticket discipline, with CPython's switch interval",
    .promises = LOCK_EXCLUDES | LOCK_FIFO | LOCK_BOUNDED | LOCK_HANDS_OVER,
    .size = sizeof(struct fifo_lock),
    .init = fifo_init,
    .deinit = fifo_deinit,
    .acquire = fifo_acquire,
    .release = fifo_release,
};
