/* SPDX-License-Identifier: MIT */
/*
 * The lock of a real CPython, loaded at run time and used from our threads
 * through its public C API: acquire is PyEval_RestoreThread, release is
 * PyEval_SaveThread. Every OS thread has a PyThreadState of its own, made at
 * its first acquire and freed at its last release.
 *
 * CPython looks for a request to let the lock go only in its eval loop (not in
 * PyErr_CheckSignals, nor in Py_MakePendingCalls), so every `poll_steps`-th
 * safepoint calls an empty Python function. There the real eval loop lets the
 * lock go and takes it back, out of our sight; who took it in between tells.
 *
 * word           set by                         cleared by        stale?
 * holder         whoever has taken the lock     its release       no: under
 *                                                                 the lock;
 *                                                                 askers read
 *                                                                 it as advice
 * last, takes    whoever has taken the lock     never             the same
 * wait_start_ns  of one forced out: the taker,  itself, back in   no
 *                who finds it still the holder  its safepoint
 * lost_ns        of the last one: the taker     never             read only by
 *                                                                 one who lost
 *
 * What cannot be seen from outside: a request that is pending when a thread
 * releases for a blocking call, and the time between the real drop and the
 * real take. Whether an acquire waits is guessed: it does if there is a holder
 * when it asks, or if others have taken the lock before it returns. Who was the
 * last to have it does not look at the clock for that; if it loses the race
 * for the lock it has just released, its wait begins when it has lost.
 *
 * A free-threaded CPython has no lock: acquire and release attach and detach
 * the thread, everybody runs, and nothing is counted but acquisitions.
 *
 * Promises mutual exclusion only, as CPython does.
 */
#include "harness/base/must.h"
#include "harness/base/sanitizer.h"
#include "runtime/locks/libpython_api.h"
#include "runtime/locks/libpython_find.h"
#include "runtime/locks/libpython_trial.h"
#include "runtime/locks/lock_policy.h"

struct libpython_lock {
    const struct libpython *python;
    uint64_t poll_steps;
    _Atomic(struct lock_waiter *) holder;
    _Atomic(struct lock_waiter *) last;
    counter takes;
};

/* The library that the parameters name or leave to be found. */
static const char *library_of(const struct params *params, struct diag *diag)
{
    const char *path = params_text(params, "library");
    return *path ? path : libpython_default(diag);
}

static int libpython_init(void *lock, const struct params *params,
                          struct diag *diag)
{
    struct libpython_lock *self = lock;
    const struct libpython_pace pace = {
        .switch_interval_us = params_get(params, "switch_interval_us"),
        .check_interval = params_get(params, "check_interval")};
    const char *path = library_of(params, diag);
    self->poll_steps = (uint64_t)params_get(params, "poll_steps");
    return path ? libpython_start(path, &pace, &self->python, diag) : -ENOENT;
}

/* CPython stays: see libpython_api.h. */
static void libpython_deinit(void *lock)
{
    (void)lock;
}

static bool is_counted(const struct libpython_lock *self)
{
    return !self->python->facts.free_threaded;
}

static struct lock_waiter *holder(const struct libpython_lock *self)
{
    return atomic_load_explicit(&self->holder, memory_order_relaxed);
}

static void set_holder(struct libpython_lock *self, struct lock_waiter *waiter)
{
    atomic_store_explicit(&self->holder, waiter, memory_order_relaxed);
}

/* The lock is ours. One who is still the holder was forced out in its
 * safepoint and waits from now on. */
static void become_holder(struct libpython_lock *self, struct lock_waiter *me)
{
    struct lock_waiter *out = holder(self);
    struct lock_waiter *last =
        atomic_load_explicit(&self->last, memory_order_relaxed);
    if (out) {
        lock_wait_begin(out);
    }
    if (last && last != me) {
        last->lost_ns = clock_now_ns();
    }
    set_holder(self, me);
    atomic_store_explicit(&self->last, me, memory_order_relaxed);
    counter_add(&self->takes, 1);
}

/* The real acquire, and how long it took if it had to wait. */
static void take(struct libpython_lock *self, struct lock_waiter *me)
{
    bool waits = holder(self) != NULL;
    bool mine = atomic_load_explicit(&self->last, memory_order_relaxed) == me;
    uint64_t takes = counter_get(&self->takes);
    uint64_t asked_ns = waits || mine ? 0 : clock_now_ns();
    if (waits) {
        lock_wait_begin(me);
    }
    self->python->restore_thread(me->thread_state);
    if (!waits && counter_get(&self->takes) != takes) {
        waits = true;
        lock_wait_begin_at(me, mine ? me->lost_ns : asked_ns);
    }
    if (waits) {
        lock_wait_end(me);
    }
    become_holder(self, me);
}

static void libpython_acquire(void *lock, struct lock_waiter *me)
{
    struct libpython_lock *self = lock;
    const struct libpython *python = self->python;
    if (!me->thread_state) {
        me->thread_state = python->state_new(python->interpreter);
        must(me->thread_state != NULL);
    }
    if (is_counted(self)) {
        take(self, me);
    } else {
        python->restore_thread(me->thread_state);
    }
}

static void libpython_release(void *lock, struct lock_waiter *me)
{
    struct libpython_lock *self = lock;
    (void)me;
    if (is_counted(self)) {
        set_holder(self, NULL);
    }
    self->python->save_thread();
}

static void libpython_finish(void *lock, struct lock_waiter *me)
{
    struct libpython_lock *self = lock;
    if (is_counted(self)) {
        set_holder(self, NULL);
    }
    self->python->state_clear(me->thread_state);
    self->python->state_delete_current();
    me->thread_state = NULL;
}

static bool libpython_safepoint(void *lock, struct lock_waiter *me)
{
    struct libpython_lock *self = lock;
    if (me->until_poll > 0) {
        me->until_poll--;
        return false;
    }
    me->until_poll = self->poll_steps - 1;
    libpython_enter(self->python);
    if (holder(self) != me && is_counted(self)) {
        lock_wait_end(me);
        become_holder(self, me);
        me->taken_back = true;
    }
    return false;
}

static const struct exec_library *libpython_library(const void *lock)
{
    const struct libpython_lock *self = lock;
    return &self->python->facts;
}

static const char *libpython_unavailable(void)
{
#ifdef UNDER_TSAN
    return "ThreadSanitizer does not see how CPython synchronises";
#else
    return NULL;
#endif
}

static const char *libpython_rejects(const struct params *params)
{
    static struct diag diag;
    const char *path = library_of(params, &diag);
    return path ? libpython_trial(path) : diag.text;
}

/* One that is not named has a lock: free-threaded builds are left out. */
static bool libpython_is_absent(const struct params *params)
{
    const char *path = params_text(params, "library");
    return *path != '\0' && libpython_trial_is_free(path);
}

static const struct param libpython_params[] = {
    {.name = "library",
     .help = "file of the CPython; empty: the newest in the usual places",
     .unit = "",
     .text = true},
    {.name = "switch_interval_us",
     .help = "sys.setswitchinterval, from CPython 3.2 on",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {.name = "check_interval",
     .help = "sys.setcheckinterval, before CPython 3.2",
     .unit = "ticks",
     .def = 100,
     .min = 0,
     .max = 1000000000},
    {.name = "poll_steps",
     .help = "safepoints between two calls into the eval loop",
     .unit = "safepoints",
     .def = 1,
     .min = 1,
     .max = 1000000000},
    {0},
};

const struct lock_policy lock_policy_libpython = {
    .unit = {.name = "libpython",
             .summary = "the lock of a real CPython, loaded at run time",
             .params = libpython_params,
             .unavailable = libpython_unavailable,
             .rejects = libpython_rejects},
    .source = "the library that `library` names",
    .promises = LOCK_EXCLUDES,
    .hides_wakeups = true,
    .polls_every = true,
    .size = sizeof(struct libpython_lock),
    .init = libpython_init,
    .deinit = libpython_deinit,
    .acquire = libpython_acquire,
    .release = libpython_release,
    .safepoint = libpython_safepoint,
    .finish = libpython_finish,
    .library = libpython_library,
    .is_absent = libpython_is_absent,
};
