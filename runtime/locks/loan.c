/* SPDX-License-Identifier: MIT */
/*
 * A thread that comes back from a blocking call borrows the lock: whoever
 * computes lends it at the next safepoint and gets it back, with the rest of
 * its slice, when the borrower lets go. Lending is on credit, so that those
 * who compute lose a stated part of their time at most, and those who borrow
 * cannot push them aside. docs/decisions says why it is shaped so.
 *
 * A slice has an owner, who is the holder or has lent the lock. A thread comes
 * as a visitor if its last hold was shorter than a loan may be, else it queues
 * for a slice. The owner earns a nanosecond of credit per nanosecond it runs,
 * up to a slice. A loan costs what visitors held, and a multiple of what was
 * lost beside: the multiple that keeps the loss at `switch_loss_permille` of
 * what the owner runs. While there is credit a visitor asks at once; else it
 * sleeps until the owner must have earned it. A loan goes on for more visitors
 * until the debt is half a slice, and what it costs beyond is forgiven.
 *
 * word         set by                        cleared by       stale?
 * holder       acquirer of a free lock;      releaser, when   no: under mutex
 *              who lets go, to the next one  nobody waits
 * owner        with holder, when a slice     the owner, when  no: under mutex
 *              begins                        it lets go or
 *                                            its slice ends
 * lent_ns      who lends; who hands a new    the owner, when  no: under mutex
 *              owner's lock to a visitor     it has it again
 * credit_ns    the owner's run adds; a loan  nobody           no: under mutex
 *              that has ended subtracts
 * turn (node)  who lets go, after it made    the waiter; a    no: who clears
 *              the waiter the holder         visitor, see     it, under mutex
 *                                            below            or as the waiter,
 *                                                             is the holder
 * EXEC_DROP    waiter, under mutex, in the   the holder, when yes: polled
 *              holder's word: a visitor if   it gives way or  relaxed; give_way
 *              there is credit, a queued     lets go          decides anew
 *              one if the slice has ended,                    under the mutex
 *              anybody if a loan is too long
 *
 * A blocking call often does not block. A visitor that comes back before the
 * owner has woken up takes the permit back from it and goes on: the owner
 * wakes up in vain, the loan goes on, and so does its price.
 *
 * Who waits for a thread on another CPU spins for the time of a wake-up first;
 * on the same CPU it makes room at once. Where a thread is, is advice.
 *
 * Promises mutual exclusion, and a bound. Let S be a slice and the time to the
 * next safepoint; a visit lasts a slice at most. Credit is at most S, a debt at
 * most S / 2. So the p-th of the queue waits at most for p slices, for what
 * they have earned, and for a credit, a debt and a visit: less than (2p + 3)S.
 * The q-th visitor waits at most q times until a debt is earned, and for q
 * visits: less than 2qS.
 */
#include "runtime/locks/park.h"

#include "harness/base/must.h"

#include <pthread.h>
#include <sched.h>

struct loan_lock {
    pthread_mutex_t mutex;
    struct lock_queue visitors;
    struct lock_queue queue;
    struct lock_waiter *holder;
    struct lock_waiter *owner;
    uint64_t handed_ns; /* when the holder became it */
    uint64_t ran_ns;    /* the owner's, in this slice, up to handed_ns */
    uint64_t lent_ns;   /* 0: not lent */
    uint64_t visits_ns; /* held by visitors in this loan */
    int64_t credit_ns;
    int64_t price; /* of a nanosecond lost */
    int64_t debt_max_ns;
    uint64_t slice_ns;
    uint64_t loan_max_ns;
    uint64_t spin_ns;
};

static int loan_init(void *lock, const struct params *params, struct diag *diag)
{
    (void)diag;
    struct loan_lock *self = lock;
    self->slice_ns =
        (uint64_t)params_get(params, "switch_interval_us") * NS_PER_US;
    self->loan_max_ns = (uint64_t)params_get(params, "loan_us") * NS_PER_US;
    if (self->loan_max_ns > self->slice_ns) {
        self->loan_max_ns = self->slice_ns;
    }
    self->spin_ns = (uint64_t)params_get(params, "spin_us") * NS_PER_US;
    self->price = 1000 / params_get(params, "switch_loss_permille");
    self->credit_ns = (int64_t)self->slice_ns;
    self->debt_max_ns = self->credit_ns / 2;
    pthread_mutexattr_t attr;
    must(pthread_mutexattr_init(&attr) == 0);
    /* Who asks is seen before it has left the mutex: spin rather than sleep. */
    must(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP) == 0);
    must(pthread_mutex_init(&self->mutex, &attr) == 0);
    must(pthread_mutexattr_destroy(&attr) == 0);
    return 0;
}

static void loan_deinit(void *lock)
{
    struct loan_lock *self = lock;
    must(pthread_mutex_destroy(&self->mutex) == 0);
}

static void enter(struct loan_lock *self)
{
    must(pthread_mutex_lock(&self->mutex) == 0);
}

static void leave(struct loan_lock *self)
{
    must(pthread_mutex_unlock(&self->mutex) == 0);
}

/* The mutex is held here and in all functions down to `look`. */
static int64_t within_limits(const struct loan_lock *self, int64_t credit)
{
    int64_t most = (int64_t)self->slice_ns;
    int64_t least = -self->debt_max_ns;
    return credit > most ? most : credit < least ? least : credit;
}

/* What the owner has run in its slice. */
static uint64_t ran(const struct loan_lock *self, uint64_t now)
{
    return self->lent_ns ? self->ran_ns : self->ran_ns + now - self->handed_ns;
}

/* The credit as it is now, with the price of a loan that is going on. */
static int64_t credit(const struct loan_lock *self, uint64_t now)
{
    int64_t earned = (int64_t)(ran(self, now) - self->ran_ns);
    int64_t lost =
        self->lent_ns ? (int64_t)(now - self->lent_ns - self->visits_ns) : 0;
    return within_limits(self, self->credit_ns + earned -
                                   (int64_t)self->visits_ns -
                                   self->price * lost);
}

static bool is_visitor(const struct loan_lock *self,
                       const struct lock_waiter *waiter)
{
    return waiter->used_ns < self->loan_max_ns;
}

/* Closes the books up to now: of the owner's run, or of the loan that ended. */
static void settle(struct loan_lock *self, uint64_t now)
{
    self->credit_ns = credit(self, now);
    self->ran_ns = ran(self, now);
    self->handed_ns = now;
    self->lent_ns = 0;
    self->visits_ns = 0;
}

static void begin_slice(struct loan_lock *self, struct lock_waiter *owner,
                        uint64_t now)
{
    self->owner = owner;
    self->ran_ns = 0;
    self->handed_ns = now;
}

/* When somebody may next ask the holder, be it now. */
static uint64_t look_at_loan(const struct loan_lock *self)
{
    return self->handed_ns + self->loan_max_ns;
}

static uint64_t look_as_visitor(const struct loan_lock *self, uint64_t now)
{
    /* An owner that came as a visitor itself is about to let go. */
    uint64_t had = ran(self, now);
    if (is_visitor(self, self->owner) && had < self->loan_max_ns) {
        return now + self->loan_max_ns - had;
    }
    int64_t left = credit(self, now);
    return left > 0 ? now : now + (uint64_t)-left + 1;
}

static uint64_t look_as_queued(const struct loan_lock *self, uint64_t now)
{
    uint64_t had = ran(self, now);
    return had >= self->slice_ns ? now : now + self->slice_ns - had;
}

/* May a visitor have the lock next? A loan begins with credit and goes on, for
 * more visitors, until the debt is as large as it may be. */
static bool may_visit(const struct loan_lock *self, uint64_t now)
{
    return self->lent_ns ? credit(self, now) > -self->debt_max_ns
                         : look_as_visitor(self, now) <= now;
}

/* Makes somebody the holder, if anybody waits; the new holder must be unparked
 * then. The owner has gone if `owner` is NULL. */
static struct lock_waiter *hand_over(struct loan_lock *self, uint64_t now)
{
    if (!self->owner) {
        struct lock_queue *queue =
            self->queue.head ? &self->queue : &self->visitors;
        begin_slice(self, lock_queue_pop(queue), now);
    }
    self->holder = self->owner;
    if (self->visitors.head && may_visit(self, now)) {
        self->holder = lock_queue_pop(&self->visitors);
        self->lent_ns = self->lent_ns ? self->lent_ns : now;
        self->handed_ns = now;
    }
    return self->holder;
}

/* Is it worth spinning until `other` has let go? Where it is, is advice. */
static bool runs_elsewhere(const struct loan_lock *self,
                           const struct lock_waiter *other,
                           const struct lock_waiter *me)
{
    return self->spin_ns && other->cpu != me->cpu;
}

/* When `me` may next ask. Of the visitors the first alone looks at the right
 * moment, for all of them; the others look a slice later. */
static uint64_t look_ns_of(const struct loan_lock *self,
                           const struct lock_waiter *me, uint64_t now)
{
    if (self->holder != self->owner) {
        return look_at_loan(self);
    }
    if (self->lent_ns || me == self->owner) {
        return now + self->loan_max_ns; /* the owner is on its way */
    }
    if (!is_visitor(self, me)) {
        return look_as_queued(self, now);
    }
    return me == self->visitors.head ? look_as_visitor(self, now)
                                     : now + self->slice_ns;
}

/* Asks if it is time to; returns when to look again. */
static uint64_t look(struct loan_lock *self, const struct lock_waiter *me,
                     uint64_t now, bool *ret_spin)
{
    uint64_t at = look_ns_of(self, me, now);
    bool asks = at <= now;
    if (asks) {
        lock_ask(me, self->holder);
    }
    *ret_spin = asks && runs_elsewhere(self, self->holder, me);
    return asks ? now + self->slice_ns : at;
}

/* Somebody may have asked in vain while the lock was lent. */
static void note_requests(struct loan_lock *self, struct lock_waiter *me,
                          uint64_t now)
{
    if ((self->visitors.head && look_as_visitor(self, now) <= now) ||
        (self->queue.head && look_as_queued(self, now) <= now)) {
        lock_request_drop(me);
    }
}

/* Entered and left without the mutex, as everything from here on. */
static bool spin_for_permit(struct loan_lock *self, struct lock_waiter *me)
{
    uint64_t until = clock_now_ns() + self->spin_ns;
    do {
        for (int i = 0; i < 16; i++) {
            if (atomic_load_explicit(&me->turn, memory_order_relaxed) &&
                lock_take_permit(me)) {
                return true;
            }
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
    } while (clock_now_ns() < until);
    return false;
}

static void wait_for_turn(struct loan_lock *self, struct lock_waiter *me,
                          bool spin, uint64_t look_ns)
{
    lock_wait_begin(me);
    while (!(spin && spin_for_permit(self, me)) &&
           !lock_park_until(me, look_ns)) {
        enter(self);
        look_ns = look(self, me, clock_now_ns(), &spin);
        leave(self);
        lock_woken_in_vain(me);
    }
    lock_wait_end(me);
    me->since_ns = clock_now_ns();
    if (self->owner != me) { /* changed by holders only */
        return;
    }
    enter(self);
    if (self->lent_ns) {
        settle(self, me->since_ns);
    }
    self->handed_ns = me->since_ns; /* waking up is not running */
    me->cpu = sched_getcpu();
    note_requests(self, me, me->since_ns);
    leave(self);
}

/* The mutex is held. The owner has been made the holder again and does not
 * know it yet. */
static bool take_back_permit(struct loan_lock *self, struct lock_waiter *me,
                             uint64_t now)
{
    if (self->holder != self->owner || !self->lent_ns ||
        !is_visitor(self, me) || !may_visit(self, now) ||
        !lock_take_permit(self->owner)) {
        return false;
    }
    self->holder = me;
    self->handed_ns = now;
    return true;
}

static bool take(struct loan_lock *self, struct lock_waiter *me, uint64_t now)
{
    if (!self->holder) {
        begin_slice(self, me, now);
        self->holder = me;
        return true;
    }
    return take_back_permit(self, me, now);
}

static void loan_acquire(void *lock, struct lock_waiter *me)
{
    struct loan_lock *self = lock;
    uint64_t now = clock_now_ns();
    enter(self);
    me->cpu = sched_getcpu();
    if (take(self, me, now)) {
        me->since_ns = now;
        leave(self);
        return;
    }
    lock_queue_push(is_visitor(self, me) ? &self->visitors : &self->queue, me);
    bool spin;
    uint64_t look_ns = look(self, me, now, &spin);
    leave(self);
    wait_for_turn(self, me, spin, look_ns);
}

/* The mutex is held. Ends a visit, or the owner's run; returns its length. */
static uint64_t end_hold(struct loan_lock *self, const struct lock_waiter *me,
                         uint64_t now)
{
    if (me == self->owner) {
        settle(self, now);
        return self->ran_ns;
    }
    self->visits_ns += now - me->since_ns;
    return now - me->since_ns;
}

static void loan_release(void *lock, struct lock_waiter *me)
{
    struct loan_lock *self = lock;
    uint64_t now = clock_now_ns();
    enter(self);
    lock_clear_drop(me);
    me->used_ns = end_hold(self, me, now);
    if (me == self->owner) {
        self->owner = NULL;
    }
    struct lock_waiter *next = hand_over(self, now);
    leave(self);
    if (next) {
        lock_unpark(next);
    }
}

/* The mutex is held. Must the holder let go, and how? True: it has, as the
 * owner that lends or at the end of the queue. */
static bool let_go(struct loan_lock *self, struct lock_waiter *me, uint64_t now)
{
    bool lends = me == self->owner && self->visitors.head &&
                 look_as_visitor(self, now) <= now;
    bool ends = me == self->owner
                    ? self->queue.head && look_as_queued(self, now) <= now
                    : look_at_loan(self) <= now;
    if (!lends && !ends) {
        return false;
    }
    end_hold(self, me, now);
    if (!lends) {
        me->used_ns = self->slice_ns; /* it computes */
        lock_queue_push(&self->queue, me);
        self->owner = me == self->owner ? NULL : self->owner;
    }
    return true;
}

static void loan_give_way(void *lock, struct lock_waiter *me)
{
    struct loan_lock *self = lock;
    uint64_t now = clock_now_ns();
    enter(self);
    lock_clear_drop(me);
    if (!let_go(self, me, now)) {
        leave(self);
        return;
    }
    struct lock_waiter *next = hand_over(self, now);
    uint64_t look_ns = look_ns_of(self, me, now);
    bool spin = me == self->owner && runs_elsewhere(self, next, me);
    leave(self);
    lock_unpark(next);
    wait_for_turn(self, me, spin, look_ns);
}

static const struct param loan_params[] = {
    {.name = "switch_interval_us",
     .help = "slice of the owner while others queue for one",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {.name = "loan_us",
     .help = "how long a visitor may hold the lock; at most a slice",
     .unit = "us",
     .def = 1000,
     .min = 1,
     .max = 10000000},
    {.name = "switch_loss_permille",
     .help = "what lending may cost those who compute",
     .unit = "permille",
     .def = 10,
     .min = 1,
     .max = 1000},
    {.name = "spin_us",
     .help = "how long to spin for a thread on another PU",
     .unit = "us",
     .def = 20,
     .min = 0,
     .max = 1000},
    {0},
};

const struct lock_policy lock_policy_loan = {
    .unit = {.name = "loan",
             .summary = "a thread that comes back from a blocking call borrows "
                        "the lock, on credit",
             .params = loan_params},
    .source = "gilbench",
    .promises = LOCK_EXCLUDES | LOCK_BOUNDED | LOCK_HANDS_OVER,
    .size = sizeof(struct loan_lock),
    .init = loan_init,
    .deinit = loan_deinit,
    .acquire = loan_acquire,
    .release = loan_release,
    .give_way = loan_give_way,
};
