/* SPDX-License-Identifier: MIT */
/*
 * The idea of 2010 (bpo-7946): a thread that comes back from a blocking call
 * asks at once and goes before those that compute. Two queues with direct
 * hand-off: `returned` for threads that released the lock of their own accord,
 * `forced` for those that were made to give way. What differs from `fifo` is
 * the second queue and the asking.
 *
 * word         set by                       cleared by        stale?
 * holder       acquirer of a free lock;     releaser, when    no: under mutex
 *              releaser, to the next one    nobody waits
 * computes     with holder: it comes from   with the next     no: under mutex
 *              `forced`, in its own turn    holder
 * overdue      with holder: it comes from   with the next     no: under mutex
 *              `forced`, out of patience    holder
 * deadline_ns  a thread that gives way:     nobody            no: under mutex
 *              now + patience
 * turn (node)  releaser, after it made the  the waiter        no: a permit
 *              waiter the holder                              means "you hold"
 * EXEC_DROP    waiter, under mutex, in the  the holder, when  yes: polled
 *              holder's word: at once if    it releases       relaxed
 *              it has returned and the
 *              holder computes; else when
 *              the holder's interval is over
 *
 * The proposals lowered a thread's priority when it was forced and raised it
 * when it blocked; nothing kept a stream of returning threads from starving
 * the computing ones. Here the first of `forced` that has waited for its
 * patience goes next, and then for a whole interval like one that returned;
 * but never two such in a row while a returned one waits.
 *
 * Promises mutual exclusion, and a bound. Let S be an interval and the time to
 * the holder's next safepoint. A switch comes at least every S while anybody
 * waits, and every second one at least serves `returned`, if it is not empty,
 * and every second one at least the overdue. So the q-th of `returned` waits
 * at most 2qS, and the p-th of `forced` its patience and 2pS.
 *
 * What it does not promise is a share: a thread that blocks briefly and often
 * takes the lock back every time, so others get little between. Nor does it
 * bound what the switches cost.
 */
#include "runtime/locks/park.h"

#include "harness/base/must.h"

#include <pthread.h>

struct priority_lock {
    pthread_mutex_t mutex;
    struct lock_queue returned;
    struct lock_queue forced;
    struct lock_waiter *holder;
    bool computes;
    bool overdue;
    uint64_t since_ns; /* when the holder became it */
    uint64_t interval_ns;
    uint64_t patience_ns;
};

static int priority_init(void *lock, const struct params *params,
                         struct diag *diag)
{
    (void)diag;
    struct priority_lock *self = lock;
    self->interval_ns =
        (uint64_t)params_get(params, "switch_interval_us") * NS_PER_US;
    self->patience_ns =
        (uint64_t)params_get(params, "patience_intervals") * self->interval_ns;
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    return 0;
}

static void priority_deinit(void *lock)
{
    struct priority_lock *self = lock;
    must(pthread_mutex_destroy(&self->mutex) == 0);
}

static void enter(struct priority_lock *self)
{
    must(pthread_mutex_lock(&self->mutex) == 0);
}

static void leave(struct priority_lock *self)
{
    must(pthread_mutex_unlock(&self->mutex) == 0);
}

/* The mutex is held here and in all functions down to `wait_for_turn`. */
static bool anybody_waits(const struct priority_lock *self)
{
    return self->returned.head || self->forced.head;
}

/* Makes the next waiter, if any, the holder; it must be unparked then. */
static struct lock_waiter *hand_over(struct priority_lock *self, uint64_t now)
{
    bool returned = self->returned.head != NULL;
    bool overdue = self->forced.head && self->forced.head->deadline_ns <= now;
    bool from_forced = !returned || (overdue && !self->overdue);
    self->overdue = from_forced && overdue;
    self->computes = from_forced && !overdue;
    self->holder =
        lock_queue_pop(from_forced ? &self->forced : &self->returned);
    self->since_ns = now;
    return self->holder;
}

/* Asks if the holder's interval is over; returns when to look again. */
static uint64_t look(struct priority_lock *self, const struct lock_waiter *me,
                     uint64_t now)
{
    uint64_t over = self->since_ns + self->interval_ns;
    if (now < over) {
        return over;
    }
    lock_ask(me, self->holder);
    return now + self->interval_ns;
}

/* Entered and left without the mutex, as a waiter in one of the queues. */
static void wait_for_turn(struct priority_lock *self, struct lock_waiter *me,
                          uint64_t look_ns)
{
    lock_wait_begin(me);
    while (!lock_park_until(me, look_ns)) {
        enter(self);
        look_ns = look(self, me, clock_now_ns());
        leave(self);
        lock_woken_in_vain(me);
    }
    lock_wait_end(me);
}

static void priority_acquire(void *lock, struct lock_waiter *me)
{
    struct priority_lock *self = lock;
    uint64_t now = clock_now_ns();
    enter(self);
    if (!self->holder) {
        self->holder = me;
        self->computes = self->overdue = false;
        self->since_ns = now;
        leave(self);
        return;
    }
    lock_queue_push(&self->returned, me);
    if (self->computes) {
        lock_ask(me, self->holder);
    }
    uint64_t look_ns = look(self, me, now);
    leave(self);
    wait_for_turn(self, me, look_ns);
}

static void priority_release(void *lock, struct lock_waiter *me)
{
    struct priority_lock *self = lock;
    enter(self);
    lock_clear_drop(me);
    struct lock_waiter *next = NULL;
    if (anybody_waits(self)) {
        next = hand_over(self, clock_now_ns());
    } else {
        self->holder = NULL;
    }
    leave(self);
    if (next) {
        lock_unpark(next);
    }
}

/* Goes on at once when nobody waits any more. */
static void priority_give_way(void *lock, struct lock_waiter *me)
{
    struct priority_lock *self = lock;
    uint64_t now = clock_now_ns();
    struct lock_waiter *next = NULL;
    enter(self);
    lock_clear_drop(me);
    if (anybody_waits(self)) {
        next = hand_over(self, now);
        me->deadline_ns = now + self->patience_ns;
        lock_queue_push(&self->forced, me);
    }
    leave(self);
    if (next) {
        lock_unpark(next);
        wait_for_turn(self, me, now + self->interval_ns);
    }
}

static const struct param priority_params[] = {
    {.name = "switch_interval_us",
     .help = "how long a holder is left alone by waiters that compute",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {.name = "patience_intervals",
     .help = "how long a thread that computes lets others go first",
     .unit = "intervals",
     .def = 10,
     .min = 1,
     .max = 1000},
    {0},
};

const struct lock_policy lock_policy_priority = {
    .unit = {.name = "priority",
             .summary = "a thread that comes back from a blocking call asks at "
                        "once and goes first",
             .params = priority_params},
    .source = "the idea of bpo-7946 (2010), with direct hand-off and a bound",
    .promises = LOCK_EXCLUDES | LOCK_BOUNDED | LOCK_HANDS_OVER,
    .size = sizeof(struct priority_lock),
    .init = priority_init,
    .deinit = priority_deinit,
    .acquire = priority_acquire,
    .release = priority_release,
    .give_way = priority_give_way,
};
