/* SPDX-License-Identifier: MIT */
#include "runtime/sched/pace.h"

void pace_init(struct pace *pace)
{
    *pace = (struct pace){.burst = 1};
}

static uint64_t longest_hold(const struct pace *pace, uint64_t switches,
                             uint64_t took_ns)
{
    uint64_t others_ns = (switches - 1) * pace->switch_ns;
    uint64_t mean_ns = took_ns / switches;
    uint64_t rest_ns = took_ns > others_ns ? took_ns - others_ns : 0;
    return rest_ns > mean_ns ? rest_ns : mean_ns;
}

uint64_t pace_burst_ends(struct pace *pace, uint64_t switches, uint64_t took_ns)
{
    uint64_t held_ns = longest_hold(pace, switches, took_ns);
    pace->switch_ns = took_ns / switches;
    if (took_ns > PACE_NS) {
        uint64_t fits = PACE_NS * switches / took_ns;
        pace->burst = fits > 0 ? fits : 1;
    } else if (switches >= pace->burst && took_ns < PACE_NS / 2 &&
               pace->burst < PACE_BURST_MAX) {
        pace->burst *= 2;
    }
    return held_ns;
}
