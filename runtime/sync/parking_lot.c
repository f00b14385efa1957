/* SPDX-License-Identifier: MIT */
#include "runtime/sync/parking_lot.h"

#include "harness/base/cacheline.h"
#include "harness/base/must.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BUCKETS = 257 }; /* a prime, as in CPython */

struct bucket {
    pthread_mutex_t mutex;
    struct parked *head; /* in the order of arrival; all addresses mixed */
    struct parked **tail;
} __attribute__((aligned(CACHELINE)));

static struct bucket buckets[BUCKETS] = {
    [0 ... BUCKETS - 1] = {.mutex = PTHREAD_MUTEX_INITIALIZER},
};

static struct bucket *lock_bucket(const void *address)
{
    struct bucket *bucket = &buckets[(uintptr_t)address % BUCKETS];
    must(pthread_mutex_lock(&bucket->mutex) == 0);
    return bucket;
}

static void unlock_bucket(struct bucket *bucket)
{
    must(pthread_mutex_unlock(&bucket->mutex) == 0);
}

static void push(struct bucket *bucket, struct parked *me)
{
    if (!bucket->head) {
        bucket->tail = &bucket->head;
    }
    me->next = NULL;
    *bucket->tail = me;
    bucket->tail = &me->next;
}

/* The first that waits at `address`, or NULL; `*more`: it is not the only. */
static struct parked *pop(struct bucket *bucket, const void *address,
                          bool *more)
{
    struct parked *found = NULL;
    *more = false;
    for (struct parked **link = &bucket->head; *link;) {
        struct parked *parked = *link;
        if (parked->address == address && found) {
            *more = true;
            break;
        }
        if (parked->address == address) {
            found = parked;
            *link = parked->next;
            if (!parked->next) {
                bucket->tail = link;
            }
        } else {
            link = &parked->next;
        }
    }
    return found;
}

static void await_woken(struct parked *me)
{
    while (atomic_load_explicit(&me->woken, memory_order_acquire) == 0) {
        syscall(SYS_futex, &me->woken, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    }
}

bool parking_lot_park(_Atomic uint8_t *byte, uint8_t expected,
                      struct parked *me)
{
    me->address = byte;
    me->handed_over = false;
    atomic_store_explicit(&me->woken, 0, memory_order_relaxed);
    struct bucket *bucket = lock_bucket(byte);
    if (atomic_load_explicit(byte, memory_order_relaxed) != expected) {
        unlock_bucket(bucket);
        return false;
    }
    push(bucket, me);
    unlock_bucket(bucket);
    await_woken(me);
    return true;
}

/* Once `woken` is set the waiter may be gone; a late wake then meets an
 * address where nobody waits, or somebody who looks again. */
void parking_lot_unpark(_Atomic uint8_t *byte,
                        void (*change)(_Atomic uint8_t *byte,
                                       struct parked *waiter, bool more))
{
    bool more;
    struct bucket *bucket = lock_bucket(byte);
    struct parked *waiter = pop(bucket, byte, &more);
    change(byte, waiter, more);
    unlock_bucket(bucket);
    if (waiter) {
        _Atomic uint32_t *woken = &waiter->woken;
        atomic_store_explicit(woken, 1, memory_order_release);
        syscall(SYS_futex, woken, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}
