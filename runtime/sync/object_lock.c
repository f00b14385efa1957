/* SPDX-License-Identifier: MIT */
#include "runtime/sync/object_lock.h"

#include "runtime/sync/parking_lot.h"

#include <sched.h>

enum {
    SPINS = 40, /* as in CPython 3.13 without the GIL */
    FAIR_NS = 1000000,
};

struct wait {
    struct object_lock *lock;
    struct parked parked;
    bool woken;
};

static void wait_parked(void *arg)
{
    struct wait *wait = arg;
    wait->woken =
        parking_lot_park(&wait->lock->bits,
                         OBJECT_LOCK_HELD | OBJECT_LOCK_PARKED, &wait->parked);
}

/* True: the lock was handed over to the caller. */
static bool park(struct wait *wait, struct exec *ex)
{
    if (ex) {
        exec_detached(ex, wait_parked, wait);
    } else {
        wait_parked(wait);
    }
    return wait->woken && wait->parked.handed_over;
}

static bool try_to(struct object_lock *lock, uint8_t *bits, uint8_t set)
{
    return atomic_compare_exchange_strong_explicit(
        &lock->bits, bits, *bits | set, memory_order_acquire,
        memory_order_relaxed);
}

void object_lock_take_slow(struct object_lock *lock, struct exec *ex)
{
    uint8_t bits = atomic_load_explicit(&lock->bits, memory_order_relaxed);
    /* One wait, however often it is woken and somebody else is quicker. */
    struct wait wait = {.lock = lock, .parked.since_ns = clock_now_ns()};
    int spins = 0;
    for (;;) {
        if (!(bits & OBJECT_LOCK_HELD)) {
            if (try_to(lock, &bits, OBJECT_LOCK_HELD)) {
                return;
            }
        } else if (!(bits & OBJECT_LOCK_PARKED) && spins < SPINS) {
            sched_yield();
            spins++;
            if (spins == SPINS) {
                bits = atomic_load_explicit(&lock->bits, memory_order_relaxed);
            }
        } else if ((bits & OBJECT_LOCK_PARKED) ||
                   try_to(lock, &bits, OBJECT_LOCK_PARKED)) {
            if (park(&wait, ex)) {
                return;
            }
            bits = atomic_load_explicit(&lock->bits, memory_order_relaxed);
        }
    }
}

static void give_to(_Atomic uint8_t *byte, struct parked *waiter, bool more)
{
    uint8_t bits = more ? OBJECT_LOCK_PARKED : 0;
    if (waiter && clock_now_ns() - waiter->since_ns > FAIR_NS) {
        waiter->handed_over = true;
        bits |= OBJECT_LOCK_HELD;
    }
    atomic_store_explicit(byte, bits, memory_order_release);
}

/* The byte is HELD and PARKED: nobody but the holder changes it then. */
void object_lock_give_slow(struct object_lock *lock)
{
    parking_lot_unpark(&lock->bits, give_to);
}
