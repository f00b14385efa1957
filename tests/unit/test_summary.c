/* SPDX-License-Identifier: MIT */
/* The percentiles of a cell: each process weighs the same. */
#undef NDEBUG
#include "harness/base/must.h"
#include "harness/record/repetition_json.h"
#include "harness/record/summary.h"

#include <assert.h>

#define SLOW_NS UINT64_C(5200000)
#define FAST_NS UINT64_C(15000)

static void add(struct summary *summary, uint64_t ns, unsigned samples)
{
    struct hist *hist = must_calloc(1, sizeof(*hist));
    for (unsigned i = 0; i < samples; i++) {
        hist_record(hist, ns);
    }
    json_t *repetition = json_pack("{ss so}", "status", "ok", "latency_ns",
                                   repetition_hist_to_json(hist));
    assert(repetition && summary_add(summary, repetition) == 0);
    json_decref(repetition);
    free(hist);
}

static const json_t *median(const json_t *summary, const char *metric)
{
    return json_object_get(json_object_get(summary, metric), "median");
}

/* In a closed loop the one process that was quick has most of the samples. */
static void one_fast_process(void)
{
    struct summary *summary = summary_new();
    for (int i = 0; i < 5; i++) {
        add(summary, SLOW_NS, 50);
    }
    add(summary, FAST_NS, 20000);
    json_t *json = summary_to_json(summary);
    assert(json_integer_value(median(json, "latency_p50_ns")) >
           (json_int_t)SLOW_NS * 98 / 100);
    /* Worth 36 / (5 / 50 + 1 / 20000) = 360 samples of one process. */
    assert(json_is_integer(median(json, "latency_p90_ns")));
    assert(json_is_null(median(json, "latency_p99_ns")));
    json_decref(json);
    summary_free(summary);
}

/* With equal counts nothing differs from plain merging. */
static void equal_processes(void)
{
    struct summary *summary = summary_new();
    for (int i = 0; i < 10; i++) {
        add(summary, i < 4 ? FAST_NS : SLOW_NS, 100);
    }
    json_t *json = summary_to_json(summary);
    assert(json_integer_value(median(json, "latency_p50_ns")) >
           (json_int_t)SLOW_NS * 98 / 100);
    assert(json_is_integer(median(json, "latency_p99_ns"))); /* 1,000 */
    assert(json_is_null(median(json, "latency_p999_ns")));
    json_decref(json);
    summary_free(summary);
}

/* A process without a sample has no weight. */
static void empty_process(void)
{
    struct summary *summary = summary_new();
    add(summary, SLOW_NS, 0);
    add(summary, SLOW_NS, 20);
    json_t *json = summary_to_json(summary);
    assert(json_is_integer(median(json, "latency_p50_ns")));
    json_decref(json);
    summary_free(summary);
}

int main(void)
{
    one_fast_process();
    equal_processes();
    empty_process();
    return 0;
}
