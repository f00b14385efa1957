/* SPDX-License-Identifier: MIT */
#include "runtime/models/gil.h"

#include "harness/base/must.h"

#include <string.h>

enum { HOLD_SAMPLE = 8 };

int gil_init(struct gil *gil, const struct unit *policy,
             const struct params *params, struct diag *diag)
{
    gil->policy = container_of(policy, struct lock_policy, unit);
    size_t size = (gil->policy->size + CACHELINE_PAIR - 1) / CACHELINE_PAIR *
                  CACHELINE_PAIR;
    gil->lock = aligned_alloc(CACHELINE_PAIR, size);
    must(gil->lock != NULL);
    memset(gil->lock, 0, size);
    int rc = gil->policy->init(gil->lock, params, diag);
    if (rc < 0) {
        free(gil->lock);
        gil->lock = NULL;
        return rc;
    }
    gil->library =
        gil->policy->library ? gil->policy->library(gil->lock) : NULL;
    gil->switches = !gil->library || !gil->library->free_threaded;
    return 0;
}

void gil_deinit(struct gil *gil)
{
    if (gil->lock) {
        gil->policy->deinit(gil->lock);
        free(gil->lock);
        gil->lock = NULL;
    }
}

void gil_user_init(struct gil_user *user, const struct gil *gil,
                   _Atomic uint32_t *breaker)
{
    user->waiter.breaker = breaker;
    if (gil->policy->polls_every) {
        atomic_fetch_or_explicit(breaker, EXEC_POLL, memory_order_relaxed);
    }
}

static void note_acquired(struct gil *gil, struct gil_user *user)
{
    counter_add(&user->acquisitions, 1);
    if (gil->switches &&
        atomic_load_explicit(&gil->last_holder, memory_order_relaxed) != user) {
        atomic_store_explicit(&gil->last_holder, user, memory_order_relaxed);
        counter_add(&user->switches, 1);
    }
    if (counter_get(&user->acquisitions) % HOLD_SAMPLE == 1) {
        user->hold_start_ns = clock_now_ns();
    }
}

static void note_release(struct gil_user *user)
{
    if (user->hold_start_ns) {
        counter_add(&user->hold_ns, clock_now_ns() - user->hold_start_ns);
        counter_add(&user->hold_samples, 1);
        user->hold_start_ns = 0;
    }
}

void gil_acquire(struct gil *gil, struct gil_user *user)
{
    gil->policy->acquire(gil->lock, &user->waiter);
    note_acquired(gil, user);
}

void gil_release(struct gil *gil, struct gil_user *user)
{
    note_release(user);
    if (lock_drop_requested(&user->waiter)) {
        counter_add(&user->forced, 1);
    }
    gil->policy->release(gil->lock, &user->waiter);
}

void gil_finish(struct gil *gil, struct gil_user *user)
{
    if (!gil->policy->finish) {
        gil_release(gil, user);
        return;
    }
    note_release(user);
    gil->policy->finish(gil->lock, &user->waiter);
}

/* The policy's safepoint let the lock go and took it back, after a wait of
 * `waited_ns`, which is no part of the hold that ended with it. */
static void note_taken_back(struct gil *gil, struct gil_user *user,
                            uint64_t waited_ns)
{
    user->waiter.taken_back = false;
    if (user->hold_start_ns) {
        user->hold_start_ns += waited_ns;
        note_release(user);
    }
    counter_add(&user->forced, 1);
    note_acquired(gil, user);
}

static void give_way(struct gil *gil, struct gil_user *user)
{
    note_release(user);
    counter_add(&user->forced, 1);
    if (gil->policy->give_way) {
        gil->policy->give_way(gil->lock, &user->waiter);
    } else {
        gil->policy->release(gil->lock, &user->waiter);
        gil->policy->acquire(gil->lock, &user->waiter);
    }
    note_acquired(gil, user);
}

void gil_safepoint(struct gil *gil, struct gil_user *user)
{
    const struct lock_policy *policy = gil->policy;
    uint64_t wait_ns = counter_get(&user->waiter.wait_ns);
    bool wanted = policy->safepoint
                      ? policy->safepoint(gil->lock, &user->waiter)
                      : lock_drop_requested(&user->waiter);
    if (wanted) {
        give_way(gil, user);
    }
    if (user->waiter.taken_back) {
        note_taken_back(gil, user,
                        counter_get(&user->waiter.wait_ns) - wait_ns);
    }
}

void gil_user_stats(const struct gil_user *user, struct exec_lock_stats *stats)
{
    stats->acquisitions += counter_get(&user->acquisitions);
    stats->contended += counter_get(&user->waiter.waits);
    stats->switches += counter_get(&user->switches);
    stats->forced += counter_get(&user->forced);
    stats->wait_ns += counter_get(&user->waiter.wait_ns);
    stats->hold_ns += counter_get(&user->hold_ns);
    stats->hold_samples += counter_get(&user->hold_samples);
    uint64_t since = counter_get(&user->waiter.wait_start_ns);
    uint64_t now = clock_now_ns();
    if (since && since < now) {
        stats->wait_ns += now - since;
    }
}
