/* SPDX-License-Identifier: MIT */
/*
 * What every lock policy owes its users, whatever it promises beyond.
 *
 * usage: contract_lock NAME
 */
#undef NDEBUG
#include "runtime/models/gil.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define X(name) extern const struct lock_policy lock_policy_##name;
#include "lock_list.h"
#undef X
#define X(name) &lock_policy_##name,
static const struct lock_policy *const policies[] = {
#include "lock_list.h"
    NULL};
#undef X

enum { THREADS = 4, TURNS = 2000, POLLS = 100, VISITS = 200 };

struct shared {
    struct gil gil;
    uint64_t turns; /* under the lock, and only then exact */
    pthread_barrier_t barrier;
    _Atomic bool over;
};

struct client {
    struct shared *shared;
    struct gil_user user;
    _Atomic uint32_t breaker;
    pthread_t thread;
    uint64_t place; /* in the order of being served */
};

static const struct lock_policy *policy_named(const char *name)
{
    for (size_t i = 0; policies[i]; i++) {
        if (strcmp(policies[i]->unit.name, name) == 0) {
            return policies[i];
        }
    }
    return NULL;
}

/* A short interval, so that waiters do ask within the test. */
static struct params short_interval(const struct lock_policy *policy)
{
    struct params params = {0};
    params_add(&params, policy->unit.params);
    if (params_find(&params, "switch_interval_us")) {
        assert(params_set(&params, "switch_interval_us", "50", NULL) == 0);
    }
    return params;
}

/* Gives the lock up, at the end for good: the thread is about to end. */
static void give_up(struct client *client, bool last)
{
    if (last) {
        gil_finish(&client->shared->gil, &client->user);
    } else {
        gil_release(&client->shared->gil, &client->user);
    }
}

static void poll_once(struct client *client)
{
    if (atomic_load_explicit(&client->breaker, memory_order_relaxed) != 0) {
        gil_safepoint(&client->shared->gil, &client->user);
    }
}

static void *run_client(void *arg)
{
    struct client *client = arg;
    struct shared *shared = client->shared;
    pthread_barrier_wait(&shared->barrier);
    for (int turn = 0; turn < TURNS; turn++) {
        gil_acquire(&shared->gil, &client->user);
        for (int poll = 0; poll < POLLS; poll++) {
            if (shared->gil.policy->promises & LOCK_EXCLUDES) {
                shared->turns++;
            }
            poll_once(client);
        }
        give_up(client, turn + 1 == TURNS);
    }
    return NULL;
}

static void client_init(struct client *client, struct shared *shared)
{
    *client = (struct client){.shared = shared};
    gil_user_init(&client->user, &shared->gil, &client->breaker);
}

static void test_alone(const struct lock_policy *policy)
{
    struct params params = short_interval(policy);
    struct shared shared = {0};
    struct client client;
    assert(gil_init(&shared.gil, &policy->unit, &params, NULL) == 0);
    client_init(&client, &shared);
    for (int turn = 0; turn < TURNS; turn++) {
        gil_acquire(&shared.gil, &client.user);
        give_up(&client, turn + 1 == TURNS);
    }
    struct exec_lock_stats stats = {0};
    gil_user_stats(&client.user, &stats);
    assert(stats.acquisitions == TURNS);
    assert(stats.contended == 0 && stats.wait_ns == 0);
    assert(stats.switches == 1 && stats.forced == 0);
    assert(stats.vain == 0 && stats.barged == 0 && stats.retaken == 0);
    assert(stats.hold_samples > 0);
    gil_deinit(&shared.gil);
}

/* What ended is in them, each wait and the sampled holds. */
static void test_histograms(const struct gil *gil,
                            const struct exec_lock_stats *stats)
{
    if (!gil->wait_hist) {
        assert(!(gil->policy->promises & LOCK_EXCLUDES) || !gil->switches);
        return;
    }
    assert(gil->wait_hist->count == stats->contended);
    assert(gil->hold_hist->count == stats->hold_count);
    assert(gil->wait_hist->max <= stats->wait_ns);
    assert(gil->hold_hist->max <= stats->hold_ns);
}

static void test_together(const struct lock_policy *policy)
{
    struct params params = short_interval(policy);
    struct shared shared = {0};
    struct client clients[THREADS];
    assert(gil_init(&shared.gil, &policy->unit, &params, NULL) == 0);
    assert(pthread_barrier_init(&shared.barrier, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++) {
        client_init(&clients[i], &shared);
    }
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_create(&clients[i].thread, NULL, run_client,
                              &clients[i]) == 0);
    }
    struct exec_lock_stats stats = {0};
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_join(clients[i].thread, NULL) == 0);
        gil_user_stats(&clients[i].user, &stats);
    }
    if (policy->promises & LOCK_EXCLUDES) {
        assert(shared.turns == (uint64_t)THREADS * TURNS * POLLS);
    }
    /* A safepoint that gives way acquires once more. */
    assert(stats.acquisitions >= (uint64_t)THREADS * TURNS);
    assert(stats.contended <= stats.acquisitions);
    assert(stats.switches >= 1 && stats.switches <= stats.acquisitions);
    assert(stats.contended == 0 || stats.wait_ns > 0);
    assert(stats.barged + stats.contended <= stats.acquisitions);
    assert(stats.retaken <= stats.barged);
    assert(stats.vain == 0 || !policy->hides_wakeups);
    assert(atomic_load(&shared.gil.waiting) == 0);
    test_histograms(&shared.gil, &stats);
    pthread_barrier_destroy(&shared.barrier);
    gil_deinit(&shared.gil);
}

/* Comes second and wants the lock once. */
static void *run_visitor(void *arg)
{
    struct client *client = arg;
    struct gil *gil = &client->shared->gil;
    gil_acquire(gil, &client->user);
    client->place = client->shared->turns++;
    give_up(client, true);
    return NULL;
}

/* The holder polls and never blocks; the visitor is served all the same, or
 * this test does not end. */
static void test_bounded(const struct lock_policy *policy)
{
    struct params params = short_interval(policy);
    struct shared shared = {0};
    struct client holder;
    struct client visitor;
    assert(gil_init(&shared.gil, &policy->unit, &params, NULL) == 0);
    client_init(&holder, &shared);
    client_init(&visitor, &shared);
    gil_acquire(&shared.gil, &holder.user);
    assert(pthread_create(&visitor.thread, NULL, run_visitor, &visitor) == 0);
    while (shared.turns == 0) { /* written by the visitor under the lock */
        poll_once(&holder);
    }
    give_up(&holder, true);
    assert(pthread_join(visitor.thread, NULL) == 0);
    gil_deinit(&shared.gil);
}

/* Each comes when the one before it waits already. */
static void test_fifo(const struct lock_policy *policy)
{
    struct params params = short_interval(policy);
    struct shared shared = {0};
    struct client holder;
    struct client visitors[THREADS];
    assert(gil_init(&shared.gil, &policy->unit, &params, NULL) == 0);
    client_init(&holder, &shared);
    gil_acquire(&shared.gil, &holder.user);
    for (int i = 0; i < THREADS; i++) {
        client_init(&visitors[i], &shared);
        assert(pthread_create(&visitors[i].thread, NULL, run_visitor,
                              &visitors[i]) == 0);
        while (counter_get(&visitors[i].user.waiter.wait_start_ns) == 0) {
            sched_yield();
        }
    }
    give_up(&holder, true);
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_join(visitors[i].thread, NULL) == 0);
        assert(visitors[i].place == (uint64_t)i);
    }
    gil_deinit(&shared.gil);
}

/* Lets the lock go and takes it back at once, until it is over. */
static void *run_chatty(void *arg)
{
    struct client *client = arg;
    struct gil *gil = &client->shared->gil;
    gil_acquire(gil, &client->user);
    while (!atomic_load(&client->shared->over)) {
        poll_once(client);
        gil_release(gil, &client->user);
        gil_acquire(gil, &client->user);
    }
    give_up(client, true);
    return NULL;
}

/* The visitor is served beside chatty threads, or this test does not end. */
static void test_hands_over(const struct lock_policy *policy)
{
    struct params params = short_interval(policy);
    struct shared shared = {0};
    struct client visitor;
    struct client chatty[THREADS - 1];
    assert(gil_init(&shared.gil, &policy->unit, &params, NULL) == 0);
    client_init(&visitor, &shared);
    for (int i = 0; i < THREADS - 1; i++) {
        client_init(&chatty[i], &shared);
        assert(pthread_create(&chatty[i].thread, NULL, run_chatty,
                              &chatty[i]) == 0);
    }
    for (int turn = 0; turn < VISITS; turn++) {
        gil_acquire(&shared.gil, &visitor.user);
        gil_release(&shared.gil, &visitor.user);
    }
    atomic_store(&shared.over, true);
    for (int i = 0; i < THREADS - 1; i++) {
        assert(pthread_join(chatty[i].thread, NULL) == 0);
    }
    gil_deinit(&shared.gil);
}

int main(int argc, char **argv)
{
    const struct lock_policy *policy = argc == 2 ? policy_named(argv[1]) : NULL;
    assert(policy != NULL);
    assert(policy->unit.summary && policy->source);
    assert(!policy->polls_every || policy->safepoint);
    struct params params = short_interval(policy);
    const char *why = unit_cannot_run(&policy->unit, &params);
    if (why) {
        printf("%s cannot run here: %s\n", policy->unit.name, why);
        return 77;
    }
    test_alone(policy);
    test_together(policy);
    if (policy->promises & LOCK_BOUNDED) {
        test_bounded(policy);
    }
    if (policy->promises & LOCK_FIFO) {
        test_fifo(policy);
    }
    if (policy->promises & LOCK_HANDS_OVER) {
        test_hands_over(policy);
    }
    return 0;
}
