/* SPDX-License-Identifier: MIT */
#include "harness/measure/hist.h"

#include "harness/base/must.h"

#include <math.h>

uint64_t hist_lowest(uint32_t index)
{
    if (index < 2 * HIST_SUB) {
        return index;
    }
    uint32_t shift = (index >> HIST_SUB_BITS) - 1;
    return (uint64_t)(index - (shift << HIST_SUB_BITS)) << shift;
}

void hist_scale(struct hist *hist, double factor)
{
    struct hist *scaled = must_calloc(1, sizeof(*scaled));
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        if (hist->buckets[i] > 0) {
            double middle =
                ((double)hist_lowest(i) + (double)hist_lowest(i + 1) - 1.0) /
                2.0;
            hist_record_times(scaled, (uint64_t)(middle * factor + 0.5),
                              hist->buckets[i]);
        }
    }
    scaled->max = (uint64_t)((double)hist->max * factor + 0.5);
    *hist = *scaled;
    free(scaled);
}

void hist_merge(struct hist *into, const struct hist *from)
{
    into->count += from->count;
    into->max = from->max > into->max ? from->max : into->max;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

uint64_t hist_quantile(const struct hist *hist, double q)
{
    uint64_t rank = (uint64_t)ceil(q * (double)hist->count);
    rank = rank < 1 ? 1 : rank;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        seen += hist->buckets[i];
        if (seen >= rank) {
            uint64_t upper = hist_lowest(i + 1) - 1;
            return upper < hist->max ? upper : hist->max;
        }
    }
    return hist->max;
}
