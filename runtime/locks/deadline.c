/* SPDX-License-Identifier: MIT */
/*
 * Earliest deadline first, by direct hand-off, after the kernel scheduler BFS
 * (the second family of patches proposed in bpo-7946). A thread gets a
 * deadline and a slice of lock time together. It keeps both over blocking
 * calls and interruptions until the slice is used up; then it gets new ones:
 * a near deadline if it used the last of it up to a blocking call, a far one
 * if it had to be forced. A thread that blocks often uses its slice up slowly,
 * so its deadline soon is the earliest of all, and it goes first; a thread
 * that computes gets a new deadline with every slice.
 *
 * word         set by                       cleared by        stale?
 * holder       acquirer of a free lock;     releaser, when    no: under mutex
 *              releaser, to the earliest    nobody waits
 * deadline_ns  its thread, when its slice   nobody            no: under mutex
 *              is used up
 * used_ns      its thread, when it lets go  its thread, with  no: under mutex
 *                                           a new deadline
 * since_ns     who makes the thread holder  nobody            no: under mutex
 * turn (node)  releaser, after it made the  the waiter        no: a permit
 *              waiter the holder                              means "you hold"
 * EXEC_DROP    waiter, under mutex, in the  the holder, when  yes: polled
 *              holder's word: at once if    it releases       relaxed
 *              its deadline is earlier,
 *              else when the holder's slice
 *              is used up
 *
 * A thread that is interrupted by an earlier deadline keeps its own, which was
 * the earliest before, so it gets the lock back when the interrupter leaves.
 * The time is counted from hand-over to release: a wake-up is charged to who
 * is woken, so nobody can hold the lock a thousand times for nothing.
 *
 * Promises mutual exclusion, and a bound. Let S be a slice, as much again until
 * a waiter looks, and the time to the holder's next safepoint. A waiter's
 * deadline D is not later than the longer of the two terms from now. After D no
 * new deadline can be earlier, so each other thread can pass with what is left
 * of one slice at most: N threads wait at most the longer term and (N - 1)S.
 *
 * It does not bound what the switches cost.
 */
#include "runtime/locks/park.h"

#include "harness/base/must.h"

#include <pthread.h>

struct deadline_lock {
    pthread_mutex_t mutex;
    struct lock_waiter *first; /* waiters in the order of their deadlines */
    struct lock_waiter *holder;
    uint64_t slice_ns;
    uint64_t near_ns;
    uint64_t far_ns;
};

static int deadline_init(void *lock, const struct params *params,
                         struct diag *diag)
{
    (void)diag;
    struct deadline_lock *self = lock;
    self->slice_ns =
        (uint64_t)params_get(params, "switch_interval_us") * NS_PER_US;
    self->near_ns =
        (uint64_t)params_get(params, "near_deadline_us") * NS_PER_US;
    self->far_ns = (uint64_t)params_get(params, "far_deadline_us") * NS_PER_US;
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    return 0;
}

static void deadline_deinit(void *lock)
{
    struct deadline_lock *self = lock;
    must(pthread_mutex_destroy(&self->mutex) == 0);
}

static void enter(struct deadline_lock *self)
{
    must(pthread_mutex_lock(&self->mutex) == 0);
}

static void leave(struct deadline_lock *self)
{
    must(pthread_mutex_unlock(&self->mutex) == 0);
}

/* The mutex is held here and in all functions down to `wait_for_turn`. */
static void renew_if_used_up(struct deadline_lock *self, struct lock_waiter *me,
                             uint64_t deadline_ns)
{
    if (me->deadline_ns == 0 || me->used_ns >= self->slice_ns) {
        me->deadline_ns = deadline_ns;
        me->used_ns = 0;
    }
}

/* Behind those with the same deadline. */
static void insert(struct deadline_lock *self, struct lock_waiter *me)
{
    struct lock_waiter **link = &self->first;
    while (*link && (*link)->deadline_ns <= me->deadline_ns) {
        link = &(*link)->next;
    }
    me->next = *link;
    *link = me;
}

static void charge(struct lock_waiter *me, uint64_t now)
{
    me->used_ns += now - me->since_ns;
    me->since_ns = now;
}

/* To the first waiter, if any; it must be unparked then. */
static struct lock_waiter *hand_over(struct deadline_lock *self, uint64_t now)
{
    struct lock_waiter *next = self->first;
    self->holder = next;
    if (next) {
        self->first = next->next;
        next->since_ns = now;
    }
    return next;
}

/* Asks the holder if it is time; returns when to look again. */
static uint64_t look(struct deadline_lock *self, const struct lock_waiter *me,
                     uint64_t now)
{
    struct lock_waiter *holder = self->holder;
    uint64_t over = holder->since_ns + self->slice_ns - holder->used_ns;
    if (now < over && me->deadline_ns >= holder->deadline_ns) {
        return over;
    }
    lock_ask(me, holder);
    return now + self->slice_ns;
}

/* Entered and left without the mutex, as one of the waiters. */
static void wait_for_turn(struct deadline_lock *self, struct lock_waiter *me,
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

static void deadline_acquire(void *lock, struct lock_waiter *me)
{
    struct deadline_lock *self = lock;
    uint64_t now = clock_now_ns();
    enter(self);
    renew_if_used_up(self, me, now + self->near_ns);
    if (!self->holder) {
        self->holder = me;
        me->since_ns = now;
        leave(self);
        return;
    }
    insert(self, me);
    uint64_t look_ns = look(self, me, now);
    leave(self);
    wait_for_turn(self, me, look_ns);
}

static void deadline_release(void *lock, struct lock_waiter *me)
{
    struct deadline_lock *self = lock;
    uint64_t now = clock_now_ns();
    enter(self);
    lock_clear_drop(me);
    charge(me, now);
    struct lock_waiter *next = hand_over(self, now);
    leave(self);
    if (next) {
        lock_unpark(next);
    }
}

/* Goes on if its own deadline, perhaps a new one, still is the earliest. */
static void deadline_give_way(void *lock, struct lock_waiter *me)
{
    struct deadline_lock *self = lock;
    uint64_t now = clock_now_ns();
    struct lock_waiter *next = NULL;
    enter(self);
    lock_clear_drop(me);
    charge(me, now);
    renew_if_used_up(self, me, now + self->far_ns);
    if (self->first && self->first->deadline_ns <= me->deadline_ns) {
        next = hand_over(self, now);
        insert(self, me);
    }
    leave(self);
    if (next) {
        lock_unpark(next);
        wait_for_turn(self, me, now + self->slice_ns);
    }
}

static const struct param deadline_params[] = {
    {.name = "switch_interval_us",
     .help = "slice of lock time that comes with a deadline",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {.name = "near_deadline_us",
     .help = "new deadline of a thread whose slice ended in a blocking call",
     .unit = "us",
     .def = 1000,
     .min = 1,
     .max = 10000000},
    {.name = "far_deadline_us",
     .help = "new deadline of a thread that had to be forced",
     .unit = "us",
     .def = 20000,
     .min = 1,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_deadline = {
    .unit = {.name = "deadline",
             .summary = "direct hand-off to the earliest deadline, renewed "
                        "with every slice used up",
             .params = deadline_params},
    .source = "the scheduler BFS, as proposed for CPython in bpo-7946 (2010)",
    .promises = LOCK_EXCLUDES | LOCK_BOUNDED | LOCK_HANDS_OVER,
    .size = sizeof(struct deadline_lock),
    .init = deadline_init,
    .deinit = deadline_deinit,
    .acquire = deadline_acquire,
    .release = deadline_release,
    .give_way = deadline_give_way,
};
