/* SPDX-License-Identifier: MIT */
/*
 * A mutex of three states on a futex (Drepper, "Futexes are tricky"), which
 * spins for a while before it parks. Otherwise as `mutex`: waiters ask after a
 * switch interval, a running thread barges in ahead of a parked one.
 *
 * state  0 free, 1 held, 2 held and somebody may be parked
 *        0 -> 1 acquirer; 1 -> 2 a waiter about to park; any -> 0 releaser
 *        2 may be stale: a wake-up too many, never one too few, because a
 *        thread that has parked always takes the lock by writing 2
 * holder the last acquirer; a late request reaches a thread that released,
 *        which then drops once for nothing
 */
#include "runtime/locks/lock_policy.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

struct spin_park_lock {
    _Atomic uint32_t state;
    _Atomic(struct lock_waiter *) holder;
    uint64_t interval_ns;
    uint64_t spins;
};

static int spin_park_init(void *lock, const struct params *params,
                          struct diag *diag)
{
    (void)diag;
    struct spin_park_lock *self = lock;
    self->interval_ns =
        (uint64_t)params_get(params, "switch_interval_us") * NS_PER_US;
    self->spins = (uint64_t)params_get(params, "spins");
    return 0;
}

static void spin_park_deinit(void *lock)
{
    (void)lock;
}

static bool try_take(struct spin_park_lock *self)
{
    uint32_t seen = 0;
    return atomic_compare_exchange_strong_explicit(
        &self->state, &seen, 1, memory_order_acquire, memory_order_relaxed);
}

static inline void cpu_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Reads only, until the lock looks free, so the line stays shared. */
static bool await_free_spinning(struct spin_park_lock *self)
{
    for (uint64_t i = 0; i < self->spins; i++) {
        if (atomic_load_explicit(&self->state, memory_order_relaxed) == 0 &&
            try_take(self)) {
            return true;
        }
        cpu_relax();
    }
    return false;
}

static void park_and_ask(struct spin_park_lock *self, struct lock_waiter *me)
{
    bool woken = false;
    struct timespec interval = timespec_of_ns(self->interval_ns);
    uint64_t begin = clock_now_ns();
    while (atomic_exchange_explicit(&self->state, 2, memory_order_acquire)) {
        if (woken) {
            lock_woken_in_vain(me);
        }
        woken = true;
        syscall(SYS_futex, &self->state, FUTEX_WAIT_PRIVATE, 2, &interval, NULL,
                0);
        struct lock_waiter *holder =
            atomic_load_explicit(&self->holder, memory_order_acquire);
        uint64_t now = clock_now_ns();
        if (holder && now - begin >= self->interval_ns) {
            lock_ask(me, holder);
            begin = now;
        }
    }
}

static void spin_park_acquire(void *lock, struct lock_waiter *me)
{
    struct spin_park_lock *self = lock;
    if (!try_take(self)) {
        lock_wait_begin(me);
        if (!await_free_spinning(self)) {
            park_and_ask(self, me);
        }
        lock_wait_end(me);
    }
    /* Release, for whoever asks: it reads what `me` was made with. */
    atomic_store_explicit(&self->holder, me, memory_order_release);
}

static void spin_park_release(void *lock, struct lock_waiter *me)
{
    struct spin_park_lock *self = lock;
    lock_clear_drop(me);
    if (atomic_exchange_explicit(&self->state, 0, memory_order_release) == 2) {
        syscall(SYS_futex, &self->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static const struct param spin_park_params[] = {
    {.name = "switch_interval_us",
     .help = "how long a waiter waits before it asks the holder to drop",
     .unit = "us",
     .def = 5000,
     .min = 1,
     .max = 10000000},
    {.name = "spins",
     .help = "turns of the waiting loop before a waiter parks",
     .unit = "turns",
     .def = 1000,
     .min = 0,
     .max = 10000000},
    {0},
};

const struct lock_policy lock_policy_spin_park = {
    .unit = {.name = "spin_park",
             .summary = "a futex mutex that spins before it parks; barges",
             .params = spin_park_params},
    .source = "Drepper, Futexes are tricky (mutex3), with a spinning phase",
    .promises = LOCK_EXCLUDES,
    .size = sizeof(struct spin_park_lock),
    .init = spin_park_init,
    .deinit = spin_park_deinit,
    .acquire = spin_park_acquire,
    .release = spin_park_release,
};
