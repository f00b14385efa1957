/* SPDX-License-Identifier: MIT */
#include "peers/timing.h"

#include "harness/base/limits.h"

#include <errno.h>

int timing_init(struct timing *timing, struct peer_run *run, size_t size,
                struct diag *diag)
{
    size_t n = run->work->tasks;
    *timing = (struct timing){.run = run, .size = size};
    timing->execs = peer_tasks_new(run);
    timing->timers = peer_memory(run, (n + 1) * size);
    if (run->work->kind == NATIVE_SLEEP) {
        timing->deadlines_ns = peer_memory(run, n * sizeof(uint64_t));
    }
    if (!timing->execs || !timing->timers ||
        (run->work->kind == NATIVE_SLEEP && !timing->deadlines_ns)) {
        return limits_no_memory(-ENOMEM, "the timers", diag);
    }
    return 0;
}

void timing_pause(const struct timing *timing)
{
    clock_sleep_until(clock_now_ns() + timing->run->work->look_ns);
}
