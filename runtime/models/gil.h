/* SPDX-License-Identifier: MIT */
/*
 * The interpreter lock of a run: one policy, and what is the same for all
 * policies: counting, the safepoint's slow path, detached regions.
 *
 * `last_holder` is written by the holder only; with the `null` policy, which
 * excludes nobody, it is a race by design, hence atomic.
 */
#pragma once

#include "harness/exec/exec_model.h"
#include "runtime/locks/lock_policy.h"

struct gil_user {
    struct lock_waiter waiter; /* first: a waiter is a user */
    counter acquisitions;
    counter switches;
    counter forced;
    counter barged;
    counter retaken;
    counter hold_samples;
    counter hold_count;
    counter hold_ns;
    uint64_t hold_start_ns; /* 0: this hold is not timed */
    uint64_t hold_weight;   /* how many holds it stands for */
    /* Beside the lock's own; NULL: none for this user. */
    struct hist *wait_hist;
    struct hist *hold_hist;
};

struct gil {
    const struct lock_policy *policy;
    void *lock;
    const struct exec_library *library; /* NULL: the policy's own lock */
    bool switches; /* holders change one by one, so changes are counted */
    _Atomic(struct gil_user *) last_holder;
    _Atomic uint32_t waiting; /* users in lock_wait_begin() and beyond */

    struct hist *hists; /* room for the two below; NULL: gil_init() makes it */
    struct hist *own_hists;
    /* Written by the holder; NULL where the policy excludes nobody. */
    struct hist *wait_hist;
    struct hist *hold_hist;
    const _Atomic uint32_t *phase; /* they count in EXEC_MEASURE; NULL: ever */
};

int gil_init(struct gil *gil, const struct unit *policy,
             const struct params *params, struct diag *diag);
void gil_deinit(struct gil *gil);

/* `breaker` is the word the user's thread polls. */
void gil_user_init(struct gil_user *user, struct gil *gil,
                   _Atomic uint32_t *breaker);
/* For its next thread: counters and a policy's notes to zero, while it holds
 * nothing and waits for nothing. Late drop requests may still come. */
void gil_user_reset(struct gil_user *user);

void gil_acquire(struct gil *gil, struct gil_user *user);
void gil_release(struct gil *gil, struct gil_user *user);

/* The last release of a thread: the user's thread is about to end. */
void gil_finish(struct gil *gil, struct gil_user *user);

/* The slow path of a safepoint: the breaker word is not zero. */
void gil_safepoint(struct gil *gil, struct gil_user *user);

/* Adds what others have counted to `stats`. */
void lock_stats_add(struct exec_lock_stats *stats,
                    const struct exec_lock_stats *more);
/* Adds the counters of one user to `stats`. */
void gil_user_stats(const struct gil_user *user, struct exec_lock_stats *stats);
/* The same, with a wait under way. */
void gil_user_stats_now(const struct gil_user *user,
                        struct exec_lock_stats *stats);
/* The same, and marks the event of its trace up to which they count. */
void gil_user_mark(const struct gil_user *user, struct exec_lock_stats *stats);
