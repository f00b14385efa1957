/* SPDX-License-Identifier: MIT */
/* What shared objects rest on: the parking lot, the lock of one byte, quiescent
 * states, biased counts of references, and stopping the world. */
#undef NDEBUG
#include "runtime/sync/object_lock.h"
#include "runtime/sync/parking_lot.h"
#include "runtime/sync/qsbr.h"
#include "runtime/sync/refcount.h"
#include "runtime/sync/world.h"

#include "harness/base/must.h"

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

struct hog {
    struct object_lock lock;
    _Atomic unsigned turns; /* of the other one */
    atomic_bool over;
};

static void *take_always(void *arg)
{
    struct hog *hog = arg;
    while (!atomic_load(&hog->over)) {
        object_lock_take(&hog->lock, NULL);
        atomic_fetch_add(&hog->turns, 1);
        object_lock_give(&hog->lock);
    }
    return NULL;
}

static void await_parked(struct hog *hog)
{
    while (atomic_load(&hog->lock.bits) !=
           (OBJECT_LOCK_HELD | OBJECT_LOCK_PARKED)) {
        sched_yield();
    }
}

/* The caller holds the lock; gives it and takes it again at once. False: it
 * was handed over, and the caller has waited for it. */
static bool barge(struct hog *hog)
{
    uint8_t bits = 0;
    object_lock_give(&hog->lock);
    if (atomic_compare_exchange_strong(&hog->lock.bits, &bits,
                                       OBJECT_LOCK_HELD)) {
        return true;
    }
    object_lock_take(&hog->lock, NULL);
    return false;
}

/* One round: a waiter whom somebody was quicker than in the middle of its wait.
 * False: the machine has spoilt it. */
static bool hand_over_round(struct hog *hog, bool *ret_handed_over)
{
    await_parked(hog);
    uint64_t begin_ns = clock_now_ns(); /* it waits since before that */
    unsigned turns = atomic_load(&hog->turns);
    clock_sleep_until(begin_ns + NS_PER_MS / 4);
    if (!barge(hog)) {
        return false;
    }
    await_parked(hog);
    clock_sleep_until(begin_ns + NS_PER_MS + NS_PER_MS / 16);
    bool still = atomic_load(&hog->turns) == turns;
    bool soon = clock_now_ns() < begin_ns + 5 * NS_PER_MS / 4;
    *ret_handed_over = !barge(hog);
    return still && soon;
}

/* Who has waited for more than 1 ms in all gets it, also if it was woken in
 * between and somebody else was quicker. */
static void test_hand_over_in_all(void)
{
    static struct hog hog;
    pthread_t thread;
    unsigned rounds = 0;
    unsigned handed_over = 0;
    object_lock_take(&hog.lock, NULL);
    assert(pthread_create(&thread, NULL, take_always, &hog) == 0);
    for (int i = 0; i < 500 && rounds < 20; i++) {
        bool done = false;
        if (hand_over_round(&hog, &done)) {
            rounds++;
            handed_over += done;
        }
    }
    atomic_store(&hog.over, true);
    object_lock_give(&hog.lock);
    assert(pthread_join(thread, NULL) == 0);
    assert(2 * handed_over >= rounds);
}

/* --- quiescent states --- */

/* A batch of them; all but the last leave it open. */
static void retire_batch(struct qsbr *qsbr, struct qsbr_list *list,
                         struct qsbr_retired *nodes)
{
    for (int i = 0; i < QSBR_BATCH; i++) {
        bool full = qsbr_retire(qsbr, list, &nodes[i]);
        assert(full == (i == QSBR_BATCH - 1));
    }
}

static void assert_reclaims(struct qsbr_list *list, struct qsbr_retired *nodes,
                            int n)
{
    for (int i = 0; i < n; i++) {
        assert(qsbr_reclaim(list) == &nodes[i]);
    }
    assert(qsbr_reclaim(list) == NULL);
}

/* What is retired waits for everybody, a batch at a time, oldest first. */
static void test_qsbr(void)
{
    static struct qsbr_retired nodes[4 * QSBR_BATCH];
    struct qsbr qsbr;
    struct qsbr_list list = {0};
    qsbr_init(&qsbr, 2);
    qsbr_online(&qsbr, 0);
    qsbr_online(&qsbr, 1);
    retire_batch(&qsbr, &list, nodes);
    assert_reclaims(&list, nodes, 0); /* nobody was quiescent since */
    qsbr_quiescent(&qsbr, 0);
    retire_batch(&qsbr, &list, nodes + QSBR_BATCH);
    assert_reclaims(&list, nodes, 0); /* one may still read */
    qsbr_quiescent(&qsbr, 0);
    qsbr_quiescent(&qsbr, 1);
    assert(!qsbr_retire(&qsbr, &list, &nodes[2 * QSBR_BATCH]));
    assert_reclaims(&list, nodes, 0); /* it looks when a batch is full */
    for (int i = 1; i < QSBR_BATCH; i++) {
        qsbr_retire(&qsbr, &list, &nodes[2 * QSBR_BATCH + i]);
    }
    assert_reclaims(&list, nodes, 2 * QSBR_BATCH);
    qsbr_quiescent(&qsbr, 0);
    qsbr_offline(&qsbr, 1); /* holds nothing: nobody waits for it */
    retire_batch(&qsbr, &list, nodes + 3 * QSBR_BATCH);
    assert_reclaims(&list, nodes + 2 * QSBR_BATCH, QSBR_BATCH);
    assert(qsbr_reclaim_last(&list) == &nodes[3 * QSBR_BATCH]);
    while (qsbr_reclaim_last(&list)) {
    }
    assert(list.head == NULL);
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

static bool biased_drop(struct refcount *count, uint32_t me,
                        struct refcount_owner *owners)
{
    bool dead;
    return biased_drop_own(count, me, &dead)
               ? dead
               : biased_drop_shared(count, owners);
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

/* --- stopping the world --- */

enum { STOPS = 20 };

/* Each thread writes two words; they agree whenever it stands still. They are
 * volatile, for the compiler would make one write of the two, and nobody would
 * ever see them differ. */
struct town {
    struct world *world;
    volatile uint64_t words[THREADS][2];
    _Atomic uint32_t inhabitants;
    _Atomic bool over;
};

static void *live(void *arg)
{
    struct town *town = arg;
    struct world_member me = {0};
    struct exec ex = {0};
    uint32_t number = atomic_fetch_add(&town->inhabitants, 1);
    volatile uint64_t *words = town->words[number];
    /* Who runs on is attached at almost every stop, and must be waited for. */
    uint64_t stay = number % 2 == 0 ? 100000 : 100;
    world_join(town->world, &me, &ex);
    world_attach(town->world, &me);
    for (uint64_t i = 0; !atomic_load(&town->over); i++) {
        world_safepoint(town->world, &me, &ex);
        words[0]++;
        words[1]++;
        if (i % stay == 0) {
            world_detach(town->world, &me);
            sched_yield();
            world_attach(town->world, &me);
        }
    }
    world_detach(town->world, &me);
    world_leave(town->world, &me);
    return NULL;
}

/* The collector calls it with the world's mutex held. */
static void visit_town(void *arg)
{
    const struct town *town = arg;
    assert(town->world->awaited == 0);
    for (const struct world_member *member = town->world->members; member;
         member = member->next) {
        assert(atomic_load(&member->state) == WORLD_STOPPED);
    }
    for (int i = 0; i < THREADS; i++) {
        assert(town->words[i][0] == town->words[i][1]);
    }
}

/* With threads that poll, block, come and go, every stop comes to its end, and
 * all stand still until then. */
static void test_world(void)
{
    static const struct param table[] = {WORLD_PARAMS, {0}};
    _Atomic uint32_t phase = EXEC_MEASURE;
    struct params params = {0};
    struct town town = {0};
    pthread_t threads[THREADS];
    params_add(&params, table);
    assert(world_new(&params, &phase) == NULL); /* stop_world_ms is 0 */
    assert(params_set(&params, "stop_world_ms", "1", NULL) == 0);
    town.world = world_new(&params, &phase);
    town.world->visit = visit_town;
    town.world->visit_arg = &town;
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_create(&threads[i], NULL, live, &town) == 0);
    }
    world_start(town.world);
    for (uint64_t n = 0; n < STOPS;) {
        clock_sleep_until(clock_now_ns() + 5 * NS_PER_MS);
        must(pthread_mutex_lock(&town.world->mutex) == 0);
        n = town.world->pause->count;
        must(pthread_mutex_unlock(&town.world->mutex) == 0);
    }
    atomic_store(&town.over, true);
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_join(threads[i], NULL) == 0);
    }
    world_end(town.world);
    assert(town.world->to_stop->count == town.world->pause->count);
    assert(town.world->members == NULL);
    world_free(town.world);
}

int main(void)
{
    test_parking_lot();
    test_object_lock();
    test_hand_over();
    test_hand_over_in_all();
    test_qsbr();
    test_merge_own();
    test_merge_queued();
    test_queued_last();
    test_immortal();
    test_world();
    return 0;
}
