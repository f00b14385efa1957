/* SPDX-License-Identifier: MIT */
/*
 * The GVL of Ruby up to 3.2 (thread_pthread.c): a queue, but no hand-over. A
 * release wakes the head of the queue; whoever comes first takes the lock.
 * The waiter that is the timer waits for a whole time slice and then sets the
 * holder's timer bit; a holder that finds it gives way and stands back until
 * somebody else has taken the lock.
 *
 * word        set by                       cleared by         stale?
 * owner       acquirer                     releaser           no: under mutex
 * queue       waiter appends itself        the same waiter,   no: under mutex
 *                                          when it acquires
 * timer       waiter, when there is none   the same, when its no: under mutex
 *                                          slice has passed
 *                                          or it acquires
 * need_yield  holder that gives way        next acquirer      no: under mutex
 * EXEC_DROP   the timer, under mutex, in   the owner, when it yes: polled
 *             the owner's word             releases           relaxed
 *
 * Ruby counts a running time in slices and compares it with a limit that the
 * thread's priority shifts; at priority 0, which is all there is here, the
 * limit is one slice. Promises mutual exclusion only.
 */
#include "runtime/locks/park.h"

#include "harness/base/must.h"

#include <pthread.h>

struct ruby31_lock {
    pthread_mutex_t mutex;
    pthread_cond_t switch_cond;
    struct lock_waiter *owner;
    struct lock_queue queue;
    struct lock_waiter *timer;
    bool need_yield;
    uint64_t slice_ns;
};

static int ruby31_init(void *lock, const struct params *params,
                       struct diag *diag)
{
    (void)diag;
    struct ruby31_lock *self = lock;
    self->slice_ns = (uint64_t)params_get(params, "slice_us") * NS_PER_US;
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    must(pthread_cond_init(&self->switch_cond, NULL) == 0);
    return 0;
}

static void ruby31_deinit(void *lock)
{
    struct ruby31_lock *self = lock;
    must(pthread_cond_destroy(&self->switch_cond) == 0);
    must(pthread_mutex_destroy(&self->mutex) == 0);
}

static void enter(struct ruby31_lock *self)
{
    must(pthread_mutex_lock(&self->mutex) == 0);
}

static void leave(struct ruby31_lock *self)
{
    must(pthread_mutex_unlock(&self->mutex) == 0);
}

/* Parks with the mutex released, as a wait on a condition variable that only
 * this waiter waits on. */
static bool wait_own(struct ruby31_lock *self, struct lock_waiter *me,
                     uint64_t deadline_ns)
{
    leave(self);
    bool woken = lock_park_until(me, deadline_ns);
    enter(self);
    if (self->owner) {
        lock_woken_in_vain(me);
    }
    return woken;
}

/* The timer keeps its deadline over vain wake-ups, until it has expired. */
static void wait_as_timer(struct ruby31_lock *self, struct lock_waiter *me)
{
    uint64_t deadline = clock_now_ns() + self->slice_ns;
    self->timer = me;
    while (self->owner && wait_own(self, me, deadline)) {
    }
    if (self->owner) {
        lock_ask(me, self->owner);
    }
    self->timer = NULL;
}

static void wait_for_turn(struct ruby31_lock *self, struct lock_waiter *me)
{
    lock_wait_begin(me);
    lock_queue_push(&self->queue, me);
    while (self->owner) {
        if (!self->timer) {
            wait_as_timer(self, me);
        } else {
            wait_own(self, me, 0);
        }
    }
    lock_queue_remove(&self->queue, me);
    lock_wait_end(me);
}

/* The mutex is held on entry and on return. */
static void take(struct ruby31_lock *self, struct lock_waiter *me)
{
    if (self->owner) {
        wait_for_turn(self, me);
    }
    if (self->need_yield) {
        self->need_yield = false;
        must(pthread_cond_broadcast(&self->switch_cond) == 0);
    }
    self->owner = me;
    lock_clear_drop(me);
    if (!self->timer && self->queue.head) {
        lock_unpark(self->queue.head); /* it becomes the timer */
    }
}

/* The same. Returns the waiter that was woken, if any. */
static struct lock_waiter *drop(struct ruby31_lock *self,
                                struct lock_waiter *me)
{
    self->owner = NULL;
    lock_clear_drop(me);
    if (self->queue.head) {
        lock_unpark(self->queue.head);
    }
    return self->queue.head;
}

static void ruby31_acquire(void *lock, struct lock_waiter *me)
{
    struct ruby31_lock *self = lock;
    enter(self);
    take(self, me);
    leave(self);
}

static void ruby31_release(void *lock, struct lock_waiter *me)
{
    struct ruby31_lock *self = lock;
    enter(self);
    drop(self, me);
    leave(self);
}

static void ruby31_give_way(void *lock, struct lock_waiter *me)
{
    struct ruby31_lock *self = lock;
    enter(self);
    if (drop(self, me)) {
        self->need_yield = true;
        while (self->need_yield) {
            must(pthread_cond_wait(&self->switch_cond, &self->mutex) == 0);
        }
    }
    take(self, me);
    leave(self);
}

static const struct param ruby31_params[] = {
    {.name = "slice_us",
     .help = "time slice of the holder while others wait",
     .unit = "us",
     .def = 100000,
     .min = 1,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_ruby31 = {
    .unit = {.name = "ruby31",
             .summary = "Ruby up to 3.2: a queue without hand-over, 100 ms "
                        "slices timed by a waiter",
             .params = ruby31_params},
    .source = "Ruby 3.1, thread_pthread.c",
    .promises = LOCK_EXCLUDES,
    .size = sizeof(struct ruby31_lock),
    .init = ruby31_init,
    .deinit = ruby31_deinit,
    .acquire = ruby31_acquire,
    .release = ruby31_release,
    .give_way = ruby31_give_way,
};
