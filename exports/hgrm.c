/* SPDX-License-Identifier: MIT */
/*
 * HdrHistogram's percentile text (.hgrm), in nanoseconds, of one cell: the
 * latencies of all its repetitions. A row a bucket that has any.
 */
#include "exports/export.h"
#include "harness/record/json_value.h"

#include <errno.h>

/* Upper edge, as HdrHistogram gives the highest equivalent value. */
static double edge_of(const struct hist *hist, uint32_t bucket)
{
    double edge = bucket + 1 < HIST_BUCKETS
                      ? (double)hist_lowest(bucket + 1) - 1.0
                      : (double)hist->max;
    return fmin(edge, (double)hist->max);
}

static double middle_of(const struct hist *hist, uint32_t bucket)
{
    return ((double)hist_lowest(bucket) + edge_of(hist, bucket)) / 2.0;
}

static void print_rows(const struct hist *hist, FILE *out)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        if (hist->buckets[i] == 0) {
            continue;
        }
        sum += hist->buckets[i];
        double share = (double)sum / (double)hist->count;
        fprintf(out, "%12.3f %2.12f %10llu", edge_of(hist, i), share,
                (unsigned long long)sum);
        if (sum < hist->count) {
            fprintf(out, " %14.2f", 1.0 / (1.0 - share));
        }
        fputc('\n', out);
    }
}

static void print_footer(const struct hist *hist, FILE *out)
{
    double mean = 0.0;
    double square = 0.0;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        mean += middle_of(hist, i) * (double)hist->buckets[i];
    }
    mean /= (double)hist->count;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        double off = middle_of(hist, i) - mean;
        square += off * off * (double)hist->buckets[i];
    }
    fprintf(out,
            "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n"
            "#[Max     = %12.3f, Total count    = %12llu]\n"
            "#[Buckets = %12d, SubBuckets     = %12d]\n",
            mean, sqrt(square / (double)hist->count), (double)hist->max,
            (unsigned long long)hist->count, HIST_MAX_BITS - HIST_SUB_BITS + 1,
            HIST_SUB);
}

static int hgrm_write(const struct export_set *set, unsigned part, FILE *out,
                      struct diag *diag)
{
    (void)part;
    _cleanup_(free_p) struct hist *hist = NULL;
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        struct hist *one = export_latency(set->cells[i]);
        if (one) {
            free(hist);
            hist = one;
            n++;
        }
    }
    if (n != 1) {
        return diag_set(diag, -EINVAL,
                        "hgrm is the latency of one cell, and %zu of those "
                        "selected have one: name it with --cell",
                        n);
    }
    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    print_rows(hist, out);
    print_footer(hist, out);
    return 0;
}

const struct export_format export_format_hgrm = {
    .name = "hgrm",
    .summary = "HdrHistogram's percentiles of one cell's latency, in ns",
    .write = hgrm_write,
};
