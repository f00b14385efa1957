/* SPDX-License-Identifier: MIT */
/*
 * How often a loop comes back to its own work while tasks are ready, and how
 * long one of them has kept it.
 *
 * A clock reading costs as much as ten switches, so there is none at a switch.
 * Tasks run in bursts: as many switches as take PACE_NS at the pace of the
 * burst before, at most PACE_BURST_MAX. A burst that took longer shortens the
 * next one at once, down to one switch; quick ones double it. So a task that
 * holds the loop is soon alone in its burst, and then its hold is exact.
 */
#pragma once

#include "harness/base/clock.h"

#include <stdint.h>

#define PACE_NS        (10 * NS_PER_US)
#define PACE_BURST_MAX UINT64_C(1024)

struct pace {
    uint64_t burst;     /* switches until the next look at the clock */
    uint64_t switch_ns; /* from one to the next, in the burst before */
};

void pace_init(struct pace *pace);

/*
 * Notes that a burst of `switches` took `took_ns`, and sets the length of the
 * next one. Returns how long one task held the loop in it at the most: exact
 * for a burst of one switch; else what the others took at the pace of the burst
 * before is taken off.
 */
uint64_t pace_burst_ends(struct pace *pace, uint64_t switches,
                         uint64_t took_ns);
