/* SPDX-License-Identifier: MIT */
#include "runtime/models/gil.h"

#include "harness/base/cacheline.h"
#include "harness/base/must.h"

#include <string.h>

int gil_init(struct gil *gil, const struct unit *policy,
             const struct params *params, struct diag *diag)
{
    gil->policy = container_of(policy, struct lock_policy, unit);
    size_t size = (gil->policy->size + CACHELINE_PAIR - 1) / CACHELINE_PAIR *
                  CACHELINE_PAIR;
    gil->lock = must_aligned_alloc(CACHELINE_PAIR, size);
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
    if ((gil->policy->promises & LOCK_EXCLUDES) && gil->switches) {
        if (!gil->hists) {
            gil->own_hists = must_calloc(2, sizeof(*gil->hists));
            gil->hists = gil->own_hists;
        }
        gil->wait_hist = &gil->hists[0];
        gil->hold_hist = &gil->hists[1];
    }
    return 0;
}

void gil_deinit(struct gil *gil)
{
    if (gil->lock) {
        gil->policy->deinit(gil->lock);
        free(gil->lock);
        free(gil->own_hists);
        gil->lock = NULL;
    }
}

void gil_user_init(struct gil_user *user, struct gil *gil,
                   _Atomic uint32_t *breaker)
{
    user->waiter.breaker = breaker;
    user->waiter.waiting = &gil->waiting;
    if (gil->policy->polls_every) {
        atomic_fetch_or_explicit(breaker, EXEC_POLL, memory_order_relaxed);
    }
}

void gil_user_reset(struct gil_user *user)
{
    counter *const counters[] = {
        &user->acquisitions, &user->switches,       &user->forced,
        &user->barged,       &user->retaken,        &user->hold_samples,
        &user->hold_count,   &user->hold_ns,        &user->waiter.waits,
        &user->waiter.vain,  &user->waiter.wait_ns,
    };
    for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
        counter_set(counters[i], 0);
    }
    user->waiter.since_ns = 0;
    user->waiter.used_ns = 0;
    user->waiter.deadline_ns = 0;
    user->waiter.cpu = 0;
    user->waiter.until_poll = 0;
    atomic_store_explicit(&user->waiter.turn, 0, memory_order_relaxed);
}

/*
 * A hold after a wait is timed; others are much cheaper than a clock read, and
 * one in 8 is, for all 8 of them. Which ones is spread over all remainders: a
 * workload that has the lock twice a step would show one of the two only.
 */
enum { HOLD_SAMPLE = 8 };

static bool is_sampled(uint64_t acquisition)
{
    return (acquisition * UINT64_C(0x9e3779b97f4a7c15)) >> 61 == 0;
}

static bool records(const struct gil *gil)
{
    return gil->wait_hist &&
           (!gil->phase ||
            atomic_load_explicit(gil->phase, memory_order_relaxed) ==
                EXEC_MEASURE);
}

/* What is rare stands apart, so that the rest is short enough to be inlined. */
#define RARE __attribute__((noinline, cold))

/* Somebody waits, or the user itself has waited. Returns flags of a trace. */
RARE static uint32_t count_beside_waiters(struct gil *gil,
                                          struct gil_user *user, bool switched)
{
    struct lock_waiter *me = &user->waiter;
    if (me->served_ns == 0) {
        counter_add(&user->barged, 1);
        counter_add(&user->retaken, !switched);
        return TRACE_BARGED;
    }
    atomic_fetch_sub_explicit(&gil->waiting, 1, memory_order_relaxed);
    if (records(gil)) {
        hist_record(gil->wait_hist, me->waited_ns);
        if (user->wait_hist) {
            hist_record(user->wait_hist, me->waited_ns);
        }
    }
    user->hold_start_ns = me->served_ns;
    user->hold_weight = 1;
    me->served_ns = 0;
    return 0;
}

static inline uint32_t count_acquired(struct gil *gil, struct gil_user *user)
{
    uint64_t acquisition = counter_get(&user->acquisitions) + 1;
    uint32_t flags = 0;
    counter_set(&user->acquisitions, acquisition);
    if (gil->switches &&
        atomic_load_explicit(&gil->last_holder, memory_order_relaxed) != user) {
        atomic_store_explicit(&gil->last_holder, user, memory_order_relaxed);
        counter_add(&user->switches, 1);
        flags = TRACE_SWITCHED;
    }
    if (unlikely(atomic_load_explicit(&gil->waiting, memory_order_relaxed))) {
        flags |= count_beside_waiters(gil, user, flags != 0);
    }
    if (is_sampled(acquisition) && user->hold_start_ns == 0) {
        user->hold_start_ns = clock_now_ns();
        user->hold_weight = HOLD_SAMPLE;
    }
    return flags;
}

RARE static void trace_acquired(struct gil *gil, struct gil_user *user)
{
    struct trace_ring *ring = user->waiter.ring;
    uint64_t now = clock_now_ns();
    trace_begin(ring);
    uint32_t flags = count_acquired(gil, user);
    trace_put(ring, now, TRACE_RUNS | flags, TRACE_NOBODY);
    trace_end(ring);
}

static inline void note_acquired(struct gil *gil, struct gil_user *user)
{
    if (unlikely(user->waiter.ring != NULL)) {
        trace_acquired(gil, user);
    } else {
        count_acquired(gil, user);
    }
}

RARE static void end_hold(struct gil *gil, struct gil_user *user)
{
    uint64_t held = clock_now_ns() - user->hold_start_ns;
    uint64_t weight = user->hold_weight;
    counter_add(&user->hold_samples, 1);
    counter_add(&user->hold_count, weight);
    counter_add(&user->hold_ns, held * weight);
    user->hold_start_ns = 0;
    if (records(gil)) {
        hist_record_times(gil->hold_hist, held, weight);
        if (user->hold_hist) {
            hist_record_times(user->hold_hist, held, weight);
        }
    }
}

static inline void count_release(struct gil *gil, struct gil_user *user,
                                 bool forced)
{
    if (user->hold_start_ns) {
        end_hold(gil, user);
    }
    if (forced) {
        counter_add(&user->forced, 1);
    }
}

RARE static void trace_release(struct gil *gil, struct gil_user *user,
                               uint32_t how, bool forced)
{
    struct trace_ring *ring = user->waiter.ring;
    trace_begin(ring);
    uint64_t now = clock_now_ns(); /* a mark that comes before is earlier */
    count_release(gil, user, forced);
    trace_put(ring, now, how | (forced ? TRACE_FORCED : 0), TRACE_NOBODY);
    trace_end(ring);
}

/* `how`: the state of a trace that begins. */
static inline void note_release(struct gil *gil, struct gil_user *user,
                                uint32_t how, bool forced)
{
    if (unlikely(user->waiter.ring != NULL)) {
        trace_release(gil, user, how, forced);
    } else {
        count_release(gil, user, forced);
    }
}

void gil_acquire(struct gil *gil, struct gil_user *user)
{
    gil->policy->acquire(gil->lock, &user->waiter);
    note_acquired(gil, user);
}

void gil_release(struct gil *gil, struct gil_user *user)
{
    bool forced = lock_drop_requested(&user->waiter);
    note_release(gil, user, TRACE_LEAVES, forced);
    gil->policy->release(gil->lock, &user->waiter);
}

void gil_finish(struct gil *gil, struct gil_user *user)
{
    struct lock_waiter *me = &user->waiter;
    bool forced = lock_drop_requested(me);
    note_release(gil, user, TRACE_ENDS, forced);
    if (gil->policy->finish) {
        gil->policy->finish(gil->lock, me);
    } else {
        gil->policy->release(gil->lock, me);
    }
}

/* The policy's safepoint let the lock go and took it back, after a wait of
 * `waited_ns`, which is no part of the hold that ended with it. */
static void note_taken_back(struct gil *gil, struct gil_user *user,
                            uint64_t waited_ns)
{
    user->waiter.taken_back = false;
    if (user->hold_start_ns) {
        user->hold_start_ns += waited_ns;
    }
    note_release(gil, user, TRACE_GIVES_WAY, true);
    note_acquired(gil, user);
}

static void give_way(struct gil *gil, struct gil_user *user)
{
    note_release(gil, user, TRACE_GIVES_WAY, true);
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
    stats->vain += counter_get(&user->waiter.vain);
    stats->barged += counter_get(&user->barged);
    stats->retaken += counter_get(&user->retaken);
    stats->wait_ns += counter_get(&user->waiter.wait_ns);
    stats->hold_samples += counter_get(&user->hold_samples);
    stats->hold_count += counter_get(&user->hold_count);
    stats->hold_ns += counter_get(&user->hold_ns);
}

void lock_stats_add(struct exec_lock_stats *stats,
                    const struct exec_lock_stats *more)
{
    stats->acquisitions += more->acquisitions;
    stats->contended += more->contended;
    stats->switches += more->switches;
    stats->forced += more->forced;
    stats->vain += more->vain;
    stats->barged += more->barged;
    stats->retaken += more->retaken;
    stats->wait_ns += more->wait_ns;
    stats->hold_samples += more->hold_samples;
    stats->hold_count += more->hold_count;
    stats->hold_ns += more->hold_ns;
}

/* `now` was read before the counters; a wait may have begun since. */
static void add_wait_under_way(const struct gil_user *user, uint64_t now,
                               struct exec_lock_stats *stats)
{
    uint64_t since = counter_get(&user->waiter.wait_start_ns);
    uint64_t waited = since && since < now ? now - since : 0;
    stats->wait_ns += waited;
    if (waited > stats->under_way_ns) {
        stats->under_way_ns = waited;
    }
}

void gil_user_stats_now(const struct gil_user *user,
                        struct exec_lock_stats *stats)
{
    uint64_t now = clock_now_ns();
    gil_user_stats(user, stats);
    add_wait_under_way(user, now, stats);
}

void gil_user_mark(const struct gil_user *user, struct exec_lock_stats *stats)
{
    struct trace_ring *ring = user->waiter.ring;
    struct exec_lock_stats before = *stats;
    struct trace_mark mark = {0};
    uint32_t section;
    do {
        *stats = before;
        section = ring ? trace_read(ring) : 0;
        uint64_t now = clock_now_ns();
        gil_user_stats(user, stats);
        add_wait_under_way(user, now, stats);
        if (ring) {
            mark = trace_mark_now(ring, now);
        }
    } while (ring && !trace_read_was_whole(ring, section));
    if (ring) {
        trace_set_mark(ring, &mark);
    }
}
