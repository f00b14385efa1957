/* SPDX-License-Identifier: MIT */
/*
 * gilbench's own timers without its loop: the store of what `coop_tasks` ships,
 * to be held against those of other libraries.
 */
#include "peers/timing.h"
#include "runtime/sched/timers.h"

#include <errno.h>

static struct timing timing;
static struct timers timers;
static uint64_t now_ns; /* as of the last turn */

static void set(void *arg, uint64_t ns)
{
    struct timer *timer = arg;
    timer->deadline_ns = now_ns + ns;
    timers_add(&timers, timer);
}

static void cancel(void *timer)
{
    timers_cancel(&timers, timer);
}

static void update(void)
{
    now_ns = clock_now_ns();
}

static void turn(bool wait);

static const struct timing_library library = {
    .set = set, .cancel = cancel, .update = update, .turn = turn};

static void turn(bool wait)
{
    struct timer *timer;
    (void)wait;
    update();
    while ((timer = timers_expire(&timers, now_ns))) {
        if (timer->deadline_ns > now_ns) {
            workload_fail(timing.execs, timing.run->work->run, -EBADMSG,
                          "expiring too early");
        }
        timing_expired(&timing, &library, timer);
    }
}

static int own_timers_timer(struct peer_run *run, struct diag *diag)
{
    int rc = timing_init(&timing, run, sizeof(struct timer), diag);
    if (rc == 0) {
        update();
        timers_init(&timers, now_ns);
        timing_run(&timing, &library);
    }
    return rc;
}

const struct peer peer_own_timers = {
    .unit = {.name = "own_timers",
             .summary = "the timers of coop_tasks without its loop"},
    .work = {[NATIVE_TIMER] = own_timers_timer},
};
