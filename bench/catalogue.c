/* SPDX-License-Identifier: MIT */
#include "bench/catalogue.h"

#include "harness/topology/placement.h"

static size_t placements(void)
{
    size_t n = 0;
    while (placement_names[n]) {
        n++;
    }
    return n;
}

static const char *placement_at(size_t i)
{
    return placement_names[i];
}

const struct catalogue catalogues[] = {
    {"placements", placements, placement_at, placement_summary},
    {0},
};
