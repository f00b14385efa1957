/* SPDX-License-Identifier: MIT */
/*
 * Who shares an interpreter lock in a run with an event loop: the loop's thread
 * and those of its executor, each behind a guard (runtime/sched/guard.h).
 */
#pragma once

#include "runtime/models/gil.h"
#include "runtime/sched/guard.h"

struct loop_user {
    struct guard guard;
    struct gil *gil;
    struct gil_user user;
} __attribute__((aligned(CACHELINE_PAIR)));

struct loop_users {
    struct gil gil;
    struct loop_user *users; /* the loop's, then the workers' */
    size_t n;
    _Atomic uint32_t breaker; /* of the loop's thread: its tasks poll it in the
                                 slow path of their safepoints (EXEC_POLL) */
};

/* With the lock that the setup names, for so many workers. */
int loop_users_init(struct loop_users *users, const struct exec_setup *setup,
                    size_t workers, struct diag *diag);
void loop_users_deinit(struct loop_users *users);

struct guard *loop_users_of_loop(struct loop_users *users);
/* For executor_config.guard; `users` is a struct loop_users. */
struct guard *loop_users_of_worker(void *users, size_t worker,
                                   _Atomic uint32_t *breaker);

/* Fills what `ret` says of the lock. */
void loop_users_stats(const struct loop_users *users, struct exec_stats *ret);
/* The same for the loop's thread. */
void loop_users_stats_of_loop(const struct loop_users *users,
                              struct exec_lock_stats *ret);
