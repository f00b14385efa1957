/* SPDX-License-Identifier: MIT */
#include "runtime/models/loop_users.h"

#include "harness/base/must.h"

#include <string.h>

static struct loop_user *user_of(struct guard *guard)
{
    return container_of(guard, struct loop_user, guard);
}

static void user_enter(struct guard *guard)
{
    gil_acquire(user_of(guard)->gil, &user_of(guard)->user);
}

static void user_leave(struct guard *guard)
{
    gil_release(user_of(guard)->gil, &user_of(guard)->user);
}

static void user_end(struct guard *guard)
{
    gil_finish(user_of(guard)->gil, &user_of(guard)->user);
}

static void user_poll(struct guard *guard)
{
    gil_safepoint(user_of(guard)->gil, &user_of(guard)->user);
}

static struct guard *make_user(struct loop_users *users, size_t i,
                               _Atomic uint32_t *breaker)
{
    struct loop_user *user = &users->users[i];
    user->guard = (struct guard){user_enter, user_leave, user_end, user_poll};
    user->gil = &users->gil;
    gil_user_init(&user->user, &users->gil, breaker);
    return &user->guard;
}

int loop_users_init(struct loop_users *users, const struct exec_setup *setup,
                    size_t workers, struct diag *diag)
{
    int rc = gil_init(&users->gil, setup->lock, setup->params, diag);
    if (rc < 0) {
        return rc;
    }
    users->gil.phase = setup->phase;
    users->n = 1 + workers;
    size_t size = users->n * sizeof(*users->users);
    users->users = must_aligned_alloc(_Alignof(struct loop_user), size);
    memset(users->users, 0, size);
    make_user(users, 0, &users->breaker);
    return 0;
}

void loop_users_deinit(struct loop_users *users)
{
    gil_deinit(&users->gil);
    free(users->users);
    users->users = NULL;
}

struct guard *loop_users_of_loop(struct loop_users *users)
{
    return &users->users[0].guard;
}

struct guard *loop_users_of_worker(void *users, size_t worker,
                                   _Atomic uint32_t *breaker)
{
    return make_user(users, 1 + worker, breaker);
}

void loop_users_stats(const struct loop_users *users, struct exec_stats *ret)
{
    ret->has_lock = true;
    ret->library = users->gil.library;
    ret->hides_wakeups = users->gil.policy->hides_wakeups;
    ret->lock_wait = users->gil.wait_hist;
    ret->lock_hold = users->gil.hold_hist;
    for (size_t i = 0; i < users->n; i++) {
        gil_user_stats_now(&users->users[i].user, &ret->lock);
    }
}

void loop_users_stats_of_loop(const struct loop_users *users,
                              struct exec_lock_stats *ret)
{
    gil_user_stats_now(&users->users[0].user, ret);
}
