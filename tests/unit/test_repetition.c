/* SPDX-License-Identifier: MIT */
/* A repetition as JSON, its histogram, and what a cell's summary makes of
 * many. */
#undef NDEBUG
#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "tests/unit/document_fixture.h"

#include <errno.h>
#include <math.h>

static void encoding(void)
{
    _cleanup_(json_decref_p) json_t *json = make_repetition(1000000.0, 500);
    assert(json_number_value(json_object_get(json, "steps_per_s")) == 1.1e6);
    assert(json_is_null(json_object_get(json, "background_steps_per_s")));
    assert(number_in(json, "lock", "wait_s") == 0.075);
    assert(json_is_null(
        json_object_get(json_object_get(json, "lock"), "hold_mean_ns")));
    assert(number_in(json, "lock", "vain_wakeups") == 6.0);
    assert(number_in(json, "lock", "barged") == 3.0);
    assert(number_in(json, "lock", "retaken") == 1.0);
    const json_t *lock = json_object_get(json, "lock");
    assert(number_in(lock, "wait_ns", "count") == 500.0);
    assert(number_in(lock, "hold_ns", "count") == 500.0);
    assert(number_in(lock, "hold_ns", "max") == 1499000.0);
    assert(number_in(lock, "wait_ns", "p90") > 1449000.0);
    assert(isnan(number_in(lock, "wait_ns", "p99"))); /* needs 1,000 */
    /* (100 + 300)^2 / (2 (100^2 + 300^2)) */
    assert(json_number_value(json_object_get(json, "fairness_jain")) == 0.8);
    assert(json_is_null(json_object_get(json, "rss_bytes_per_task")));
    const json_t *latency = json_object_get(json, "latency_ns");
    assert(json_is_integer(json_object_get(latency, "p50")));
    assert(json_is_integer(json_object_get(latency, "p90")));
    assert(json_is_null(json_object_get(latency, "p99"))); /* needs 1,000 */
    const json_t *slice = json_array_get(json_object_get(json, "slices"), 0);
    assert(json_number_value(json_object_get(slice, "pressure_s")) == 0.000125);
    assert(json_is_null(json_object_get(slice, "throttled_s")));
    const json_t *thread = json_array_get(json_object_get(json, "threads"), 1);
    assert(json_is_null(json_object_get(thread, "pu")));
    assert(json_is_null(json_object_get(thread, "lock")));
    const json_t *other = json_array_get(json_object_get(json, "threads"), 0);
    lock = json_object_get(other, "lock");
    assert(json_object_size(lock) == 5);
    assert(number_in(lock, "wait_ns", "count") == 500.0);
}

/* A lock whose library keeps the vain wake-ups to itself, and one that
 * excludes nobody. */
static void encoding_of_unknown(void)
{
    uint64_t steps[1] = {1};
    const struct repetition_lock lock = {
        .stats = {.acquisitions = 2, .vain = 7}, .hides_wakeups = true};
    const struct repetition_slice slice = {.duration_s = 1.0};
    struct repetition repetition = {.slices = &slice,
                                    .n_slices = 1,
                                    .wall_s = 1.0,
                                    .task_steps = steps,
                                    .n_tasks = 1,
                                    .lock = &lock};
    _cleanup_(json_decref_p) json_t *json = repetition_to_json(&repetition);
    const json_t *object = json_object_get(json, "lock");
    assert(json_is_null(json_object_get(object, "vain_wakeups")));
    assert(json_is_null(json_object_get(object, "wait_ns")));
    assert(json_is_null(json_object_get(object, "hold_ns")));
}

/* The runner tells how long the process lived. */
static void overhead_is_the_rest(void)
{
    const uint64_t steps[1] = {1};
    const struct repetition_slice slice = {.duration_s = 1.0};
    const struct repetition repetition = {.slices = &slice,
                                          .n_slices = 1,
                                          .warmup_s = 0.5,
                                          .wall_s = 1.0,
                                          .task_steps = steps,
                                          .n_tasks = 1};
    _cleanup_(json_decref_p) json_t *json = repetition_to_json(&repetition);
    assert(json_is_null(json_object_get(json, "overhead_s")));
    repetition_set_run(json, 7, 1.75);
    assert(json_integer_value(json_object_get(json, "order")) == 7);
    assert(json_number_value(json_object_get(json, "overhead_s")) == 0.25);

    _cleanup_(json_decref_p) json_t *lost =
        repetition_lost_to_json("timeout", "no answer");
    repetition_set_run(lost, 8, 20.0);
    assert(json_is_null(json_object_get(lost, "overhead_s")));
}

/* Above 64 tasks and threads a repetition stays readable. */
static void encoding_of_many(void)
{
    enum { MANY = 65 };
    uint64_t steps[MANY];
    struct repetition_thread threads[MANY] = {{0}};
    for (uint64_t i = 0; i < MANY; i++) {
        steps[i] = i;
    }
    const struct repetition_slice slice = {.duration_s = 1.0,
                                           .background_steps = 5};
    struct repetition repetition = {.slices = &slice,
                                    .n_slices = 1,
                                    .has_background = true,
                                    .wall_s = 1.0,
                                    .task_steps = steps,
                                    .n_tasks = MANY,
                                    .threads = threads,
                                    .n_threads = MANY,
                                    .rss_bytes_per_task = 4096.0};
    _cleanup_(json_decref_p) json_t *json = repetition_to_json(&repetition);
    assert(number_in(json, "task_steps", "min") == 0.0);
    assert(number_in(json, "task_steps", "q1") == 16.0);
    assert(number_in(json, "task_steps", "median") == 32.0);
    assert(number_in(json, "task_steps", "max") == 64.0);
    assert(json_is_null(json_object_get(json, "threads")));
    assert(json_is_null(json_object_get(json, "lock")));
    assert(json_is_null(json_object_get(json, "latency_ns")));
    assert(json_number_value(json_object_get(json, "background_steps_per_s")) ==
           5.0);
}

/* Whose lock it was, where it was not our own. */
static void encoding_of_library(void)
{
    const struct repetition_slice slice = {.duration_s = 1.0};
    struct repetition_lock lock = {.stats = {.acquisitions = 1}};
    const struct exec_library library = {.path = "/lib/libpython3.13t.so.1.0",
                                         .version = "3.13.5",
                                         .free_threaded = true};
    const uint64_t steps = 1;
    struct repetition repetition = {.slices = &slice,
                                    .n_slices = 1,
                                    .task_steps = &steps,
                                    .n_tasks = 1,
                                    .lock = &lock};
    json_t *json = repetition_to_json(&repetition);
    json_t *object = json_object_get(json, "lock");
    assert(json_is_null(json_object_get(object, "library")));
    json_decref(json);
    lock.library = &library;
    json = repetition_to_json(&repetition);
    object = json_object_get(json_object_get(json, "lock"), "library");
    assert(strcmp(json_string_value(json_object_get(object, "path")),
                  library.path) == 0);
    assert(strcmp(json_string_value(json_object_get(object, "version")),
                  library.version) == 0);
    assert(json_is_true(json_object_get(object, "free_threaded")));
    json_decref(json);
}

static void histogram_round_trip(void)
{
    struct hist *hist = must_calloc(2, sizeof(*hist));
    for (uint64_t value = 1; value < (UINT64_C(1) << 40); value *= 3) {
        hist_record(&hist[0], value);
    }
    json_t *json = repetition_hist_to_json(&hist[0]);
    assert(repetition_hist_from_json(json, &hist[1]) == 0);
    assert(memcmp(&hist[0], &hist[1], sizeof(*hist)) == 0);
    json_decref(json);
    free(hist);
    static const char *const bad[] = {
        "{\"histogram\":[[-1,1]],\"max\":1}",
        "{\"histogram\":[[129,1]],\"max\":1}", /* inside a bucket */
        "{\"histogram\":[[1,0]],\"max\":1}",
        "{\"histogram\":[[1e300,1]],\"max\":1}",
    };
    struct hist *into = must_calloc(1, sizeof(*into));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json = parsed(bad[i]);
        assert(repetition_hist_from_json(json, into) == -EINVAL);
        json_decref(json);
    }
    free(into);
}

static void summary(void)
{
    struct document *document = new_document(NULL, "0000000000000001");
    for (uint64_t i = 0; i < 5; i++) {
        add_repetition(document, 1e6 + 1e4 * (double)i, i);
    }
    const json_t *metric =
        json_object_get(document_summary(document, 0), "steps_per_s");
    assert(json_is_null(json_object_get(metric, "low"))); /* below 6 */
    add_repetition(document, 1.05e6, 5);
    const json_t *of = document_summary(document, 0);
    assert(number_in(of, "steps_per_s", "median") == 1.1275e6);
    assert(number_in(of, "steps_per_s", "low") == 1.1e6);
    assert(number_in(of, "steps_per_s", "high") == 1.155e6);
    assert(number_in(of, "steps_per_s", "n") == 6.0);
    assert(number_in(of, "forced_switches_per_s", "median") == 13.3333333);
    assert(number_in(of, "switches_per_s", "median") == 26.6666667);
    assert(number_in(of, "lock_wait_s_per_s", "median") == 0.5);
    assert(number_in(of, "vain_wakeups_per_s", "median") == 40.0);
    assert(number_in(of, "barged_per_s", "median") == 20.0);
    assert(!isnan(number_in(of, "lock_wait_p99_ns", "median")));
    assert(number_in(of, "lock_wait_max_ns", "low") == 1999000.0);
    assert(!isnan(number_in(of, "lock_hold_p99_ns", "high")));
    /* 1,000 samples each: p99 each, p999 only from all 6,000... not even. */
    assert(!isnan(number_in(of, "latency_p99_ns", "low")));
    assert(isnan(number_in(of, "latency_p999_ns", "median")));
    assert(!json_object_get(of, "background_steps_per_s"));
    assert(!json_object_get(of, "rss_bytes_per_task"));
    assert(!json_object_get(of, "service_p50_ns"));
    document_free(document);
}

/* One repetition with too few samples: the merged percentile stands, the
 * interval does not. */
static void summary_of_unequal(void)
{
    struct summary *collected = summary_new();
    for (unsigned i = 0; i < 12; i++) {
        json_t *json = make_repetition(1e6, i == 0 ? 999 : 1000);
        assert(summary_add(collected, json) == 0);
        json_decref(json);
    }
    json_t *lost = repetition_lost_to_json("failed", "killed by signal 9");
    assert(summary_add(collected, lost) == 0);
    json_decref(lost);
    json_t *json = summary_to_json(collected);
    assert(number_in(json, "steps_per_s", "n") == 12.0);
    assert(!isnan(number_in(json, "latency_p99_ns", "median")));
    assert(isnan(number_in(json, "latency_p99_ns", "low")));
    assert(!isnan(number_in(json, "latency_p90_ns", "low")));
    assert(!isnan(number_in(json, "latency_p999_ns", "median")));
    json_decref(json);
    summary_free(collected);
}

int main(void)
{
    encoding();
    encoding_of_unknown();
    overhead_is_the_rest();
    encoding_of_many();
    encoding_of_library();
    histogram_round_trip();
    summary();
    summary_of_unequal();
    return 0;
}
