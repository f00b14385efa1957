/* SPDX-License-Identifier: MIT */
/* What shared objects rest on: the parking lot, the lock of one byte, quiescent
 * states, and biased counts of references. */
#undef NDEBUG
#include "runtime/sync/object_lock.h"
#include "runtime/sync/parking_lot.h"
#include "runtime/sync/qsbr.h"
#include "runtime/sync/refcount.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, TURNS = 20000 };

/* --- the parking lot --- */

struct visit {
    _Atomic uint8_t byte;
    struct parked parked;
    pthread_t thread;
};

static void *visit_lot(void *arg)
{
    struct visit *visit = arg;
    assert(parking_lot_park(&visit->byte, 1, &visit->parked));
    return NULL;
}

static bool found;

static void hand_over(_Atomic uint8_t *byte, struct parked *waiter, bool more)
{
    assert(!more);
    found = waiter != NULL;
    if (waiter) {
        waiter->handed_over = true;
        atomic_store(byte, 7);
    }
}

static void test_parking_lot(void)
{
    struct visit visit = {.byte = 1};
    struct parked parked;
    assert(!parking_lot_park(&visit.byte, 2, &parked)); /* it is 1 */
    parking_lot_unpark(&visit.byte, hand_over);
    assert(!found && atomic_load(&visit.byte) == 1);
    assert(pthread_create(&visit.thread, NULL, visit_lot, &visit) == 0);
    while (!found) {
        sched_yield();
        parking_lot_unpark(&visit.byte, hand_over);
    }
    assert(pthread_join(visit.thread, NULL) == 0);
    assert(visit.parked.handed_over && atomic_load(&visit.byte) == 7);
}

/* --- the object lock --- */

struct counted_lock {
    struct object_lock lock;
    uint64_t turns;
};

static void *take_turns(void *arg)
{
    struct counted_lock *counted = arg;
    for (int i = 0; i < TURNS; i++) {
        object_lock_take(&counted->lock, NULL);
        counted->turns++;
        if (i % 1000 == 0) {
            sched_yield(); /* so that others find it held, and park */
        }
        object_lock_give(&counted->lock);
    }
    return NULL;
}

static void test_object_lock(void)
{
    static struct counted_lock counted;
    pthread_t threads[THREADS];
    assert(sizeof(struct object_lock) == 1);
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_create(&threads[i], NULL, take_turns, &counted) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_join(threads[i], NULL) == 0);
    }
    assert(counted.turns == (uint64_t)THREADS * TURNS);
    assert(atomic_load(&counted.lock.bits) == 0);
}

static void *take_once(void *arg)
{
    struct object_lock *lock = arg;
    object_lock_take(lock, NULL);
    return NULL;
}

/* Who has waited for more than 1 ms has the lock when it wakes up. */
static void test_hand_over(void)
{
    static struct object_lock lock;
    pthread_t thread;
    object_lock_take(&lock, NULL);
    assert(pthread_create(&thread, NULL, take_once, &lock) == 0);
    while (atomic_load(&lock.bits) != (OBJECT_LOCK_HELD | OBJECT_LOCK_PARKED)) {
        sched_yield();
    }
    clock_sleep_until(clock_now_ns() + 20 * NS_PER_MS); /* it parks by now */
    object_lock_give(&lock);
    assert(pthread_join(thread, NULL) == 0);
    assert(atomic_load(&lock.bits) == OBJECT_LOCK_HELD);
    object_lock_give(&lock);
}

/* --- quiescent states --- */

static void retire_some(struct qsbr *qsbr, struct qsbr_list *list,
                        struct qsbr_retired *nodes, int n)
{
    for (int i = 0; i < n; i++) {
        qsbr_retire(qsbr, list, &nodes[i]);
    }
}

static void test_qsbr(void)
{
    struct qsbr qsbr;
    struct qsbr_list list = {0};
    struct qsbr_retired nodes[2 * QSBR_DEFERRALS];
    qsbr_init(&qsbr, 2);
    qsbr_online(&qsbr, 0);
    qsbr_online(&qsbr, 1);
    retire_some(&qsbr, &list, nodes, 2 * QSBR_DEFERRALS);
    assert(qsbr_reclaim(&qsbr, &list) == NULL); /* nobody was quiescent */
    qsbr_quiescent(&qsbr, 0);
    assert(qsbr_reclaim(&qsbr, &list) == NULL); /* one may still read */
    qsbr_quiescent(&qsbr, 1);
    assert(qsbr_reclaim(&qsbr, &list) == &nodes[0]); /* oldest first */
    for (size_t n = list.n; n > 0 && qsbr_reclaim(&qsbr, &list); n--) {
    }
    /* What was retired since the last advance waits for the next one. */
    assert(list.n > 0 && list.n < QSBR_DEFERRALS);
    qsbr_retire(&qsbr, &list, &nodes[0]);
    qsbr_quiescent(&qsbr, 0);
    qsbr_offline(&qsbr, 1); /* holds nothing: nobody waits for it */
    assert(qsbr_reclaim(&qsbr, &list) != NULL);
    while (qsbr_reclaim_last(&list)) {
    }
    assert(list.n == 0);
    qsbr_deinit(&qsbr);
}

/* --- biased counts: task 0 is the owner, its number is 1 --- */

struct owners {
    struct refcount_owner all[2];
    struct exec execs[2];
    struct exec *pointers[2];
};

static void owners_init(struct owners *owners)
{
    memset(owners, 0, sizeof(*owners));
    for (int i = 0; i < 2; i++) {
        owners->pointers[i] = &owners->execs[i];
        owners->all[i].ex = &owners->pointers[i];
    }
}

/* The owner keeps none, others drop the last one. */
static void test_merge_own(void)
{
    static struct owners owners;
    struct refcount count;
    owners_init(&owners);
    refcount_init(&count, 1);
    biased_take(&count, 2);
    assert(refcount_total(&count) == 2);
    assert(!biased_drop(&count, 1, owners.all)); /* merges */
    assert(refcount_total(&count) == 1);
    assert(biased_drop(&count, 2, owners.all));
    assert(!owners.all[0].queue); /* nobody had to be asked */
}

/* Another task drops what the owner counted: the owner merges it. */
static void test_merge_queued(void)
{
    static struct owners owners;
    struct refcount count;
    bool dead = true;
    owners_init(&owners);
    refcount_init(&count, 1);
    biased_take(&count, 1);
    assert(!biased_drop(&count, 2, owners.all));
    assert(exec_noted(&owners.execs[0]) && !exec_noted(&owners.execs[0]));
    assert(biased_merge_next(&owners.all[0], &dead) == &count && !dead);
    assert(biased_merge_next(&owners.all[0], &dead) == NULL);
    assert(refcount_total(&count) == 1);
    assert(biased_drop(&count, 1, owners.all)); /* counts as others now */
}

static void test_queued_last(void)
{
    static struct owners owners;
    struct refcount count;
    bool dead = false;
    owners_init(&owners);
    refcount_init(&count, 1);
    assert(!biased_drop(&count, 2, owners.all)); /* given to task 1 */
    assert(biased_merge_next(&owners.all[0], &dead) == &count && dead);
}

static void test_immortal(void)
{
    static struct owners owners;
    struct refcount count;
    owners_init(&owners);
    refcount_init(&count, 1);
    atomic_store(&count.local, REFCOUNT_IMMORTAL);
    biased_take(&count, 1);
    biased_take(&count, 2);
    assert(!biased_drop(&count, 1, owners.all));
    assert(!biased_drop(&count, 2, owners.all));
    assert(atomic_load(&count.local) == REFCOUNT_IMMORTAL);
    assert(atomic_load(&count.shared) == 0);
}

int main(void)
{
    test_parking_lot();
    test_object_lock();
    test_hand_over();
    test_qsbr();
    test_merge_own();
    test_merge_queued();
    test_queued_last();
    test_immortal();
    return 0;
}
