/* SPDX-License-Identifier: MIT */
#include "harness/record/repetition_json.h"

#include "harness/base/cacheline.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <math.h>

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Microseconds since boot as seconds; null where the kernel does not tell. */
static json_t *seconds_of_us(int64_t us)
{
    return us < 0 ? json_null() : json_number((double)us * 1e-6);
}

static double per_second(uint64_t steps, double duration_s)
{
    return duration_s > 0.0 ? (double)steps / duration_s : NAN;
}

static json_t *slice_to_json(const struct repetition_slice *slice,
                             bool has_background)
{
    double background = per_second(slice->background_steps, slice->duration_s);
    json_t *json = json_pack(
        "{so so so so so so so so}", "duration_s",
        json_number(slice->duration_s), "steps", count(slice->steps),
        "steps_per_s", json_number(per_second(slice->steps, slice->duration_s)),
        "background_steps_per_s",
        has_background ? json_number(background) : json_null(), "cpu_s",
        json_number(slice->cpu_s), "steal_s",
        seconds_of_us(slice->noise.steal_us), "pressure_s",
        seconds_of_us(slice->noise.pressure_us), "throttled_s",
        seconds_of_us(slice->noise.throttled_us));
    must(json != NULL);
    return json;
}

static json_t *slices_to_json(const struct repetition *repetition)
{
    json_t *json = json_array();
    for (size_t i = 0; i < repetition->n_slices; i++) {
        json_array_append_new(json, slice_to_json(&repetition->slices[i],
                                                  repetition->has_background));
    }
    return json;
}

/* The repetition's value: the median of its slices. */
static json_t *rate_to_json(const struct repetition *repetition,
                            bool background)
{
    if (background && !repetition->has_background) {
        return json_null();
    }
    double *rates = must_calloc(repetition->n_slices, sizeof(*rates));
    for (size_t i = 0; i < repetition->n_slices; i++) {
        const struct repetition_slice *slice = &repetition->slices[i];
        rates[i] =
            per_second(background ? slice->background_steps : slice->steps,
                       slice->duration_s);
    }
    double median = stats_median(rates, repetition->n_slices);
    free(rates);
    return json_number(median);
}

static json_t *quartiles_to_json(const double *sorted, size_t n)
{
    json_t *json =
        json_pack("{so so so so so}", "min", json_number(sorted[0]), "q1",
                  json_number(stats_quantile_sorted(sorted, n, 0.25)), "median",
                  json_number(stats_quantile_sorted(sorted, n, 0.5)), "q3",
                  json_number(stats_quantile_sorted(sorted, n, 0.75)), "max",
                  json_number(sorted[n - 1]));
    must(json != NULL);
    return json;
}

/* Every task's steps while they can be read, else their quartiles. */
static void put_tasks(json_t *json, const struct repetition *repetition)
{
    size_t n = repetition->n_tasks;
    double *steps = must_calloc(n, sizeof(*steps));
    json_t *tasks = json_array();
    for (size_t i = 0; i < n; i++) {
        steps[i] = (double)repetition->task_steps[i];
        if (n <= REPETITION_LISTED) {
            json_array_append_new(tasks, count(repetition->task_steps[i]));
        }
    }
    double jain = stats_jain(steps, n);
    if (n > REPETITION_LISTED) {
        json_decref(tasks);
        stats_median(steps, n); /* sorts */
        tasks = quartiles_to_json(steps, n);
    }
    json_object_set_new(json, "task_steps", tasks);
    json_object_set_new(json, "fairness_jain", json_number(jain));
    free(steps);
}

static json_t *library_to_json(const struct exec_library *library)
{
    if (!library) {
        return json_null();
    }
    json_t *json = json_pack("{so so sb}", "path", json_text(library->path),
                             "version", json_text(library->version),
                             "free_threaded", library->free_threaded);
    must(json != NULL);
    return json;
}

/* A percentile rests on ten samples beyond it, or it is not told: -1. */
static int64_t percentile(const struct hist *hist, uint64_t samples, double q)
{
    return repetition_has_percentile(samples, q)
               ? (int64_t)hist_quantile(hist, q)
               : -1;
}

static json_t *percentile_to_json(int64_t value)
{
    return value < 0 ? json_null() : count((uint64_t)value);
}

/* A sample may stand for several values of the histogram. */
struct repetition_spread repetition_spread_of(const struct hist *hist,
                                              uint64_t samples)
{
    return (struct repetition_spread){.samples = samples,
                                      .max = hist->max,
                                      .p50 = percentile(hist, samples, 0.5),
                                      .p90 = percentile(hist, samples, 0.9),
                                      .p99 = percentile(hist, samples, 0.99)};
}

static json_t *spread_to_json(const struct repetition_spread *spread)
{
    json_t *json = json_pack(
        "{so so so so so}", "count", count(spread->samples), "p50",
        percentile_to_json(spread->p50), "p90", percentile_to_json(spread->p90),
        "p99", percentile_to_json(spread->p99), "max", count(spread->max));
    must(json != NULL);
    return json;
}

/* What a lock has, and each of its threads too. */
static json_t *lock_basics_to_json(const struct repetition_lock *lock)
{
    const struct exec_lock_stats *stats = &lock->stats;
    json_t *json = json_pack(
        "{so so so so so}", "acquisitions", count(stats->acquisitions),
        "contended", count(stats->contended), "wait_s",
        json_number((double)stats->wait_ns * 1e-9), "wait_ns",
        lock->has_spread ? spread_to_json(&lock->wait) : json_null(), "hold_ns",
        lock->has_spread ? spread_to_json(&lock->hold) : json_null());
    must(json != NULL);
    return json;
}

static json_t *lock_to_json(const struct repetition_lock *lock)
{
    if (!lock) {
        return json_null();
    }
    const struct exec_lock_stats *stats = &lock->stats;
    double hold_ns = stats->hold_count > 0
                         ? (double)stats->hold_ns / (double)stats->hold_count
                         : NAN;
    json_t *more = json_pack(
        "{so so so so so so so}", "switches", count(stats->switches), "forced",
        count(stats->forced), "vain_wakeups",
        lock->hides_wakeups ? json_null() : count(stats->vain), "barged",
        count(stats->barged), "retaken", count(stats->retaken), "hold_mean_ns",
        json_number(hold_ns), "library", library_to_json(lock->library));
    json_t *json = lock_basics_to_json(lock);
    must(more != NULL && json_object_update(json, more) == 0);
    json_decref(more);
    return json;
}

static json_t *threads_to_json(const struct repetition *repetition)
{
    if (repetition->n_threads > REPETITION_THREADS) {
        return json_null();
    }
    json_t *json = json_array();
    for (size_t i = 0; i < repetition->n_threads; i++) {
        const struct repetition_thread *thread = &repetition->threads[i];
        json_t *item = json_pack(
            "{so so so so so}", "pu",
            thread->pu == PU_UNBOUND ? json_null() : json_integer(thread->pu),
            "cpu_s", json_number(thread->cpu_s), "voluntary",
            count(thread->voluntary), "involuntary", count(thread->involuntary),
            "lock",
            thread->has_lock ? lock_basics_to_json(&thread->lock)
                             : json_null());
        must(item != NULL);
        json_array_append_new(json, item);
    }
    return json;
}

static void put_stacks(json_t *json, const struct exec_stacks *stacks)
{
    json_object_set_new(json, "stacks", count(stacks->made));
    json_object_set_new(json, "stacks_guarded", count(stacks->guarded));
    json_object_set_new(json, "stack_mappings", count(stacks->mappings));
    json_object_set_new(json, "stack_high_water_bytes",
                        stacks->high_water_bytes > 0
                            ? count(stacks->high_water_bytes)
                            : json_null());
}

static json_t *loop_to_json(const struct repetition_loop *loop)
{
    if (!loop) {
        return json_null();
    }
    json_t *holder = loop->longest_holder == EXEC_NOBODY
                         ? json_null()
                         : count(loop->longest_holder);
    json_t *json =
        json_pack("{so so so so so}", "switches", count(loop->switches),
                  "iterations", count(loop->iterations), "executor_jobs",
                  count(loop->executor_jobs), "longest_hold_ns",
                  count(loop->longest_hold_ns), "longest_holder", holder);
    must(json != NULL);
    put_stacks(json, &loop->stacks);
    return json;
}

static json_t *stop_to_json(const struct repetition_stop *stop)
{
    if (!stop) {
        return json_null();
    }
    json_t *json =
        json_pack("{so so}", "to_stop_ns", spread_to_json(&stop->to_stop),
                  "pause_ns", spread_to_json(&stop->pause));
    must(json != NULL);
    return json;
}

json_t *repetition_to_json(const struct repetition *repetition)
{
    must(repetition->n_slices > 0);
    json_t *switches =
        json_pack("{so so}", "voluntary", count(repetition->voluntary),
                  "involuntary", count(repetition->involuntary));
    json_t *json = json_pack(
        "{si ss sn so so so so so so sn sn sn}", "order", 0, "status", "ok",
        "reason", "slices", slices_to_json(repetition), "steps_per_s",
        rate_to_json(repetition, false), "background_steps_per_s",
        rate_to_json(repetition, true), "cpu_s", json_number(repetition->cpu_s),
        "warmup_s", json_number(repetition->warmup_s), "wall_s",
        json_number(repetition->wall_s), "overhead_s", "task_steps",
        "fairness_jain");
    must(switches != NULL && json != NULL);
    put_tasks(json, repetition);
    json_object_set_new(json, "switches", switches);
    json_object_set_new(json, "threads", threads_to_json(repetition));
    json_object_set_new(json, "lock", lock_to_json(repetition->lock));
    json_object_set_new(json, "loop", loop_to_json(repetition->loop));
    json_object_set_new(json, "stop_world", stop_to_json(repetition->stop));
    json_object_set_new(json, "latency_ns",
                        repetition_hist_to_json(repetition->latency));
    json_object_set_new(json, "service_ns",
                        repetition_hist_to_json(repetition->service));
    json_object_set_new(json, "rss_bytes", count(repetition->rss_bytes));
    json_object_set_new(
        json, "processes",
        repetition->processes
            ? json_pack("{so so}", "count", count(repetition->processes),
                        "own_bytes", count(repetition->own_bytes))
            : json_null());
    double generator = repetition->generator_cpu_s;
    json_object_set_new(json, "generator_cpu_s",
                        generator < 0.0 ? json_null() : json_number(generator));
    double per_task = repetition->rss_bytes_per_task;
    json_object_set_new(json, "rss_bytes_per_task",
                        per_task < 0.0 ? json_null() : json_number(per_task));
    return json;
}

json_t *repetition_lost_to_json(const char *status, const char *reason)
{
    static const char *const measured[] = {
        "steps_per_s",
        "background_steps_per_s",
        "cpu_s",
        "warmup_s",
        "wall_s",
        "overhead_s",
        "task_steps",
        "fairness_jain",
        "switches",
        "threads",
        "lock",
        "loop",
        "stop_world",
        "latency_ns",
        "service_ns",
        "rss_bytes",
        "rss_bytes_per_task",
        "processes",
        "generator_cpu_s",
    };
    json_t *json = json_pack("{si ss so s[]}", "order", 0, "status", status,
                             "reason", json_text(reason), "slices");
    must(json != NULL);
    for (size_t i = 0; i < ARRAY_LEN(measured); i++) {
        json_object_set_new(json, measured[i], json_null());
    }
    return json;
}

void repetition_set_run(json_t *repetition, uint64_t order, double process_s)
{
    json_t *warmup_s = json_object_get(repetition, "warmup_s");
    json_t *wall_s = json_object_get(repetition, "wall_s");
    json_t *overhead_s = json_null();
    if (json_is_number(warmup_s) && json_is_number(wall_s)) {
        overhead_s = json_number(process_s - json_number_value(warmup_s) -
                                 json_number_value(wall_s));
    }
    json_object_set_new(repetition, "order", count(order));
    json_object_set_new(repetition, "overhead_s", overhead_s);
}

bool repetition_has_percentile(uint64_t samples, double q)
{
    /* 10 / (1 - 0.99) is 999.99... in binary: half a sample of grace. */
    return (double)samples + 0.5 >= 10.0 / (1.0 - q);
}

json_t *repetition_hist_to_json(const struct hist *hist)
{
    if (!hist || hist->count == 0) {
        return json_null();
    }
    json_t *buckets = json_array();
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        if (hist->buckets[i] == 0) {
            continue;
        }
        json_t *pair =
            json_pack("[o o]", count(hist_lowest(i)), count(hist->buckets[i]));
        must(pair != NULL);
        json_array_append_new(buckets, pair);
    }
    json_t *json = json_pack(
        "{so so so so so so so}", "count", count(hist->count), "p50",
        percentile_to_json(percentile(hist, hist->count, 0.5)), "p90",
        percentile_to_json(percentile(hist, hist->count, 0.9)), "p99",
        percentile_to_json(percentile(hist, hist->count, 0.99)), "p999",
        percentile_to_json(percentile(hist, hist->count, 0.999)), "max",
        count(hist->max), "histogram", buckets);
    must(json != NULL);
    return json;
}

int repetition_hist_from_json(const json_t *json, struct hist *into)
{
    size_t i;
    const json_t *pair;
    json_array_foreach(json_object_get(json, "histogram"), i, pair)
    {
        double lowest = json_number_value(json_array_get(pair, 0));
        double samples = json_number_value(json_array_get(pair, 1));
        if (lowest < 0.0 || lowest >= 0x1p63 || samples < 1.0 ||
            samples >= 0x1p53) {
            return -EINVAL;
        }
        uint32_t index = hist_index((uint64_t)lowest);
        if (hist_lowest(index) != (uint64_t)lowest) {
            return -EINVAL;
        }
        into->buckets[index] += (uint64_t)samples;
        into->count += (uint64_t)samples;
    }
    double max = json_number_value(json_object_get(json, "max"));
    if (max > (double)into->max && max < 0x1p63) {
        into->max = (uint64_t)max;
    }
    return 0;
}
