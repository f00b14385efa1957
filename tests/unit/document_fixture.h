/* SPDX-License-Identifier: MIT */
/* A small document and its parts, for the tests of the record layer. */
#pragma once

#undef NDEBUG
#include "harness/base/must.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"
#include "harness/record/repetition_json.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char fixture_cell[] =
    "{\"id\":\"cpu_loop/gil_threads:cpython3/tasks=2/placement=per_core\","
    "\"workload\":\"cpu_loop\",\"workload_version\":1,\"class\":\"cpu\","
    "\"step\":\"one iteration\",\"model\":\"gil_threads\",\"lock\":"
    "\"cpython3\",\"tasks\":2,\"background_tasks\":0,\"placement\":"
    "\"per_core\",\"params\":{\"switch_interval_us\":5000},\"reps\":100,"
    "\"slices\":3,\"slice_ms\":50,\"bindings\":[{\"pu\":0,\"tasks\":\"0-1\"}],"
    "\"generator_pu\":null}";

static const char fixture_context[] =
    "{\"date\":\"2026-11-22T17:00:00+00:00\",\"host\":\"h\",\"kernel\":null,"
    "\"cpu_model\":null,\"microcode\":null,\"libc\":null,\"hypervisor\":null,"
    "\"topology\":{\"packages\":1,\"numa_nodes\":1,\"cores\":2,\"pus\":2,"
    "\"pus_machine\":2,\"smt\":false,\"hybrid\":false,"
    "\"digest\":\"0123456789abcdef\",\"allowed_pus\":\"0-1\","
    "\"quota_cpus\":null},\"governor\":null,\"frequency_driver\":null,"
    "\"turbo\":null,\"isolated_pus\":null,\"nohz_full\":null,\"aslr\":null,"
    "\"clock_source\":null,\"clock_resolution_ns\":null,\"clock_read_ns\":"
    "null,\"timer_slack_ns\":null,\"load_average\":[0.1,0.2,0.3],"
    "\"pressure_cpu_avg10\":null,\"uptime_s\":null,\"memory_bytes\":null}";

static const char fixture_build[] =
    "{\"version\":\"0.1.0\",\"commit\":null,\"dirty\":null,\"compiler\":"
    "\"gcc\",\"flags\":\"\",\"build_type\":\"debug\",\"sanitizer\":null}";

static inline json_t *parsed(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert(json);
    return json;
}

static inline json_t *plan_of(const char *digest, unsigned cells)
{
    return json_pack("{sn si si ss}", "name", "seed", 7, "cells", (int)cells,
                     "digest", digest);
}

static inline struct document *new_document(const char *path,
                                            const char *digest)
{
    struct document *document =
        document_new(path, parsed(fixture_build), parsed(fixture_context),
                     plan_of(digest, 1));
    assert(document_add_cell(document, parsed(fixture_cell)) == 0);
    return document;
}

/* Three slices at about `rate` steps a second; latencies around 1 ms. */
static inline json_t *make_repetition(double rate, uint64_t samples)
{
    struct repetition_slice slices[3];
    for (size_t i = 0; i < 3; i++) {
        slices[i] = (struct repetition_slice){
            .duration_s = 0.05,
            .steps = (uint64_t)(rate * 0.05 * (1.0 + 0.1 * (double)i)),
            .cpu_s = 0.05,
            .noise = {.steal_us = 0, .pressure_us = 125, .throttled_us = -1}};
    }
    const uint64_t steps[2] = {100, 300};
    struct repetition_thread threads[2] = {
        {.pu = 0, .cpu_s = 0.07, .voluntary = 3, .involuntary = 1},
        {.pu = PU_UNBOUND, .cpu_s = 0.08}};
    struct hist *hist = must_calloc(1, sizeof(*hist));
    for (uint64_t i = 0; i < samples; i++) {
        hist_record(hist, 1000000 + i * 1000);
    }
    const struct repetition_spread spread = repetition_spread_of(hist, samples);
    const struct repetition_lock lock = {.stats = {.acquisitions = 9,
                                                   .switches = 4,
                                                   .forced = 2,
                                                   .vain = 6,
                                                   .barged = 3,
                                                   .retaken = 1,
                                                   .wait_ns = 75000000},
                                         .has_spread = true,
                                         .wait = spread,
                                         .hold = spread};
    threads[0].has_lock = true;
    threads[0].lock = lock;
    struct repetition repetition = {.slices = slices,
                                    .n_slices = 3,
                                    .cpu_s = 0.15,
                                    .warmup_s = 0.05,
                                    .wall_s = 0.15,
                                    .task_steps = steps,
                                    .n_tasks = 2,
                                    .voluntary = 3,
                                    .involuntary = 1,
                                    .threads = threads,
                                    .n_threads = 2,
                                    .lock = &lock,
                                    .latency = hist,
                                    .rss_bytes = 1000000,
                                    .rss_bytes_per_task = -1.0};
    json_t *json = repetition_to_json(&repetition);
    free(hist);
    return json;
}

static inline void add_repetition(struct document *document, double rate,
                                  uint64_t order)
{
    json_t *json = make_repetition(rate, 1000);
    repetition_set_run(json, order, 0.205);
    struct diag diag = {{0}};
    int r = document_add_repetition(document, 0, json, &diag);
    if (r < 0) {
        fprintf(stderr, "%s\n", diag.text);
    }
    assert(r == 0);
}

static inline double number_in(const json_t *json, const char *a, const char *b)
{
    return json_number_or_nan(json_object_get(json_object_get(json, a), b));
}
