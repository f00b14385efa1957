/* SPDX-License-Identifier: MIT */
/*
 * Where threads wait for a byte to change, so that a lock needs no more than
 * that byte: 257 queues, found by the byte's address (WebKit's ParkingLot, as
 * CPython 3.13 has it).
 *
 * A queue and what the byte says of it change together, under the mutex of
 * the queue's bucket: parking_lot_park() looks at the byte there, and the
 * function given to parking_lot_unpark() changes it there. So a byte that
 * says "somebody waits" is never wrong, and no wake-up is lost.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One thread that waits, on its own stack. */
struct parked {
    struct parked *next;
    const void *address;
    uint64_t since_ns;      /* the waiter's own, for change(): since when it
                               has waited, parked or not */
    bool handed_over;       /* written before it is woken */
    _Atomic uint32_t woken; /* set by the waker (release), read by the waiter
                               (acquire) */
};

/* Waits at `byte` unless it is no longer `expected`. True: it was woken;
 * `me->handed_over` is what the waker made of it. */
bool parking_lot_park(_Atomic uint8_t *byte, uint8_t expected,
                      struct parked *me);

/* Takes the longest waiter off the queue and wakes it, after change(byte,
 * waiter, more). `waiter` is NULL if there is none; `more`: others wait on. */
void parking_lot_unpark(_Atomic uint8_t *byte,
                        void (*change)(_Atomic uint8_t *byte,
                                       struct parked *waiter, bool more));
