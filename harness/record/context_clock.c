/* SPDX-License-Identifier: MIT */
/* The clock as it is, measured; what the kernel claims of it (1 ns) says
 * nothing. */
#include "harness/base/clock.h"
#include "harness/record/context_parts.h"

#include <sys/prctl.h>

#define BATCHES 16
#define READS   1000

/* The smallest step seen between two reads. */
static uint64_t smallest_step(void)
{
    uint64_t smallest = UINT64_MAX;
    uint64_t last = clock_now_ns();
    for (int i = 0; i < BATCHES * READS; i++) {
        uint64_t now = clock_now_ns();
        if (now > last && now - last < smallest) {
            smallest = now - last;
        }
        last = now;
    }
    return smallest;
}

/* The cost of one read: the best of several batches, as an interrupt can only
 * add to one. In tenths of a nanosecond. */
static uint64_t read_cost(void)
{
    uint64_t best = UINT64_MAX;
    for (int batch = 0; batch < BATCHES; batch++) {
        uint64_t start = clock_now_ns();
        for (int i = 1; i < READS; i++) {
            clock_now_ns();
        }
        uint64_t took = clock_now_ns() - start;
        best = took < best ? took : best;
    }
    return best * 10 / READS;
}

void context_add_clock(json_t *context)
{
    uint64_t step = smallest_step();
    int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    context_set(context, "clock_source",
                context_file("/sys/devices/system/clocksource/clocksource0/"
                             "current_clocksource"));
    context_set(context, "clock_resolution_ns",
                step == UINT64_MAX ? NULL : json_integer((json_int_t)step));
    context_set(context, "clock_read_ns", json_real((double)read_cost() / 10));
    context_set(context, "timer_slack_ns",
                slack < 0 ? NULL : json_integer(slack));
}
