/* SPDX-License-Identifier: MIT */
/*
 * The scheduler of Ruby 3.3 and later (thread_pthread.c): one thread runs, the
 * others stand in a FIFO; a thread that leaves hands over to the head. While
 * somebody waits, a timer thread sets the running thread's timer bit every
 * 10 ms; the thread counts these samples and gives way after a slice of them.
 *
 * word          set by                       cleared by        stale?
 * running       acquirer of a free lock;     releaser, when    no: under mutex
 *               releaser, to the head        nobody waits
 * turn (node)   releaser, after it made the  the waiter        no: a permit
 *               waiter the running one                         means "you run"
 * running_ns    the running thread, per      set to 0 when a   no: the running
 *               sample                       thread is         thread's own
 *                                            switched in
 * EXEC_DROP     timer thread, under mutex    the running       yes: polled
 *                                            thread            relaxed
 *
 * Promises mutual exclusion, FIFO order, and for the N-th waiter a wait of
 * about N slices as long as the others poll.
 */
#include "runtime/locks/park.h"

#include "harness/base/must.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct ruby34_lock {
    pthread_mutex_t mutex;
    pthread_cond_t timer_cond; /* somebody waits, or the end */
    pthread_t timer;
    bool ending;
    struct lock_waiter *running;
    struct lock_queue ready;
    uint64_t running_ns;
    uint64_t sample_ns;
    uint64_t slice_ns;
};

static void sleep_one_sample(struct ruby34_lock *self)
{
    struct timespec deadline = timespec_of_ns(clock_now_ns() + self->sample_ns);
    int rc = 0;
    while (!self->ending && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&self->timer_cond, &self->mutex, &deadline);
        must(rc == 0 || rc == ETIMEDOUT);
    }
}

/* Sleeps for ever while nobody waits. */
static void *timer_thread(void *lock)
{
    struct ruby34_lock *self = lock;
    must(pthread_mutex_lock(&self->mutex) == 0);
    while (!self->ending) {
        if (!self->running || !self->ready.head) {
            must(pthread_cond_wait(&self->timer_cond, &self->mutex) == 0);
            continue;
        }
        sleep_one_sample(self);
        if (self->running && self->ready.head) {
            lock_ask(NULL, self->running);
        }
    }
    must(pthread_mutex_unlock(&self->mutex) == 0);
    return NULL;
}

static void timer_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(cond, &attr) == 0);
    must(pthread_condattr_destroy(&attr) == 0);
}

static int ruby34_init(void *lock, const struct params *params,
                       struct diag *diag)
{
    struct ruby34_lock *self = lock;
    self->slice_ns = (uint64_t)params_get(params, "slice_us") * NS_PER_US;
    self->sample_ns = (uint64_t)params_get(params, "sample_us") * NS_PER_US;
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    timer_cond_init(&self->timer_cond);
    int rc = pthread_create(&self->timer, NULL, timer_thread, self);
    if (rc != 0) {
        return diag_set(diag, -rc, "cannot make the timer thread: %s",
                        strerror(rc));
    }
    return 0;
}

static void ruby34_deinit(void *lock)
{
    struct ruby34_lock *self = lock;
    must(pthread_mutex_lock(&self->mutex) == 0);
    self->ending = true;
    must(pthread_cond_signal(&self->timer_cond) == 0);
    must(pthread_mutex_unlock(&self->mutex) == 0);
    must(pthread_join(self->timer, NULL) == 0);
    must(pthread_cond_destroy(&self->timer_cond) == 0);
    must(pthread_mutex_destroy(&self->mutex) == 0);
}

static void ruby34_acquire(void *lock, struct lock_waiter *me)
{
    struct ruby34_lock *self = lock;
    must(pthread_mutex_lock(&self->mutex) == 0);
    bool free = self->running == NULL;
    if (free) {
        self->running = me;
    } else {
        bool first = self->ready.head == NULL;
        lock_queue_push(&self->ready, me);
        if (first) {
            must(pthread_cond_signal(&self->timer_cond) == 0);
        }
    }
    must(pthread_mutex_unlock(&self->mutex) == 0);
    if (!free) {
        lock_wait_begin(me);
        lock_park(me);
        lock_wait_end(me);
    }
    self->running_ns = 0;
}

/* The mutex is held. The new running thread must be unparked afterwards. */
static struct lock_waiter *hand_over(struct ruby34_lock *self,
                                     struct lock_waiter *me)
{
    lock_clear_drop(me);
    self->running = lock_queue_pop(&self->ready);
    return self->running;
}

static void ruby34_release(void *lock, struct lock_waiter *me)
{
    struct ruby34_lock *self = lock;
    must(pthread_mutex_lock(&self->mutex) == 0);
    struct lock_waiter *next = hand_over(self, me);
    must(pthread_mutex_unlock(&self->mutex) == 0);
    if (next) {
        lock_unpark(next);
    }
}

/* The timer bit was found: a sample. After a slice of them it gives way. */
static bool ruby34_safepoint(void *lock, struct lock_waiter *me)
{
    struct ruby34_lock *self = lock;
    if (!lock_drop_requested(me)) {
        return false;
    }
    lock_clear_drop(me);
    self->running_ns += self->sample_ns;
    return self->running_ns >= self->slice_ns;
}

/* To the head of the queue; stands behind its tail. Goes on at once when
 * nobody waits any more. */
static void ruby34_give_way(void *lock, struct lock_waiter *me)
{
    struct ruby34_lock *self = lock;
    must(pthread_mutex_lock(&self->mutex) == 0);
    struct lock_waiter *next = self->ready.head;
    if (next) {
        hand_over(self, me);
        lock_queue_push(&self->ready, me);
    }
    must(pthread_mutex_unlock(&self->mutex) == 0);
    if (next) {
        lock_unpark(next);
        lock_wait_begin(me);
        lock_park(me);
        lock_wait_end(me);
    }
    self->running_ns = 0;
}

static const struct param ruby34_params[] = {
    {.name = "slice_us",
     .help = "time slice of the running thread while others wait",
     .unit = "us",
     .def = 100000,
     .min = 1,
     .max = 10000000},
    {.name = "sample_us",
     .help = "how often the timer thread looks",
     .unit = "us",
     .def = 10000,
     .min = 1,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_ruby34 = {
    .unit = {.name = "ruby34",
             .summary = "Ruby 3.3 and later: direct hand-off, 100 ms slices "
                        "counted by a timer thread",
             .params = ruby34_params},
    .source = "Ruby 3.4, thread_pthread.c",
    .promises = LOCK_EXCLUDES | LOCK_FIFO | LOCK_BOUNDED | LOCK_HANDS_OVER,
    .size = sizeof(struct ruby34_lock),
    .init = ruby34_init,
    .deinit = ruby34_deinit,
    .acquire = ruby34_acquire,
    .release = ruby34_release,
    .safepoint = ruby34_safepoint,
    .give_way = ruby34_give_way,
};
