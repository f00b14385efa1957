/* SPDX-License-Identifier: MIT */
#include "harness/record/summary.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/measure/hist.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"
#include "harness/record/repetition_json.h"

#include <math.h>
#include <string.h>

static double number(const json_t *repetition, const char *object,
                     const char *key)
{
    const json_t *from =
        object ? json_object_get(repetition, object) : repetition;
    return json_number_or_nan(json_object_get(from, key));
}

static double get_value(const struct metric *metric, const json_t *repetition)
{
    return number(repetition, metric->object, metric->key);
}

/* A percentile of the lock's waits or holds: each repetition's own, for a
 * document has no histogram to merge. */
static double get_of_lock(const struct metric *metric, const json_t *repetition)
{
    return number(json_object_get(repetition, "lock"), metric->object,
                  metric->key);
}

/* The same of stops of the world. */
static double get_of_stop(const struct metric *metric, const json_t *repetition)
{
    return number(json_object_get(repetition, "stop_world"), metric->object,
                  metric->key);
}

/* A counter of the measured window, per second of it. */
static double get_rate(const struct metric *metric, const json_t *repetition)
{
    return number(repetition, metric->object, metric->key) /
           number(repetition, NULL, "wall_s");
}

/* Not told beside background tasks: the CPU time is theirs as well. */
static double get_cpu_ns_per_step(const struct metric *metric,
                                  const json_t *repetition)
{
    (void)metric;
    if (json_is_number(json_object_get(repetition, "background_steps_per_s"))) {
        return NAN;
    }
    double steps = 0.0;
    size_t i;
    const json_t *slice;
    json_array_foreach(json_object_get(repetition, "slices"), i, slice)
    {
        steps += json_number_value(json_object_get(slice, "steps"));
    }
    double cpu_s = number(repetition, NULL, "cpu_s");
    return steps > 0.0 ? cpu_s * 1e9 / steps : NAN;
}

/*
 * Changes of the running task, as exactly as the model can tell: the loop's
 * switches, else the lock's changes of holder, else the kernel's switches.
 */
static double get_switches(const struct metric *metric,
                           const json_t *repetition)
{
    (void)metric;
    double wall_s = number(repetition, NULL, "wall_s");
    double loop = number(repetition, "loop", "switches");
    double lock = number(repetition, "lock", "switches");
    if (!isnan(loop)) {
        return loop / wall_s;
    }
    if (!isnan(lock)) {
        return lock / wall_s;
    }
    return (number(repetition, "switches", "voluntary") +
            number(repetition, "switches", "involuntary")) /
           wall_s;
}

#define LATENCY(name, unit, object, key, quantile)                             \
    {                                                                          \
        name, unit, false, get_value, object, key, quantile                    \
    }

const struct metric summary_metrics[] = {
    {"steps_per_s", "1/s", true, get_value, NULL, "steps_per_s", 0.0},
    {"background_steps_per_s", "1/s", true, get_value, NULL,
     "background_steps_per_s", 0.0},
    {"cpu_ns_per_step", "ns", false, get_cpu_ns_per_step, NULL, NULL, 0.0},
    LATENCY("latency_p50_ns", "ns", "latency_ns", "p50", 0.5),
    LATENCY("latency_p90_ns", "ns", "latency_ns", "p90", 0.9),
    LATENCY("latency_p99_ns", "ns", "latency_ns", "p99", 0.99),
    LATENCY("latency_p999_ns", "ns", "latency_ns", "p999", 0.999),
    LATENCY("latency_max_ns", "ns", "latency_ns", "max", 0.0),
    LATENCY("service_p50_ns", "ns", "service_ns", "p50", 0.5),
    LATENCY("service_p99_ns", "ns", "service_ns", "p99", 0.99),
    {"switches_per_s", "1/s", true, get_switches, NULL, NULL, 0.0},
    {"forced_switches_per_s", "1/s", false, get_rate, "lock", "forced", 0.0},
    {"voluntary_switches_per_s", "1/s", false, get_rate, "switches",
     "voluntary", 0.0},
    {"involuntary_switches_per_s", "1/s", false, get_rate, "switches",
     "involuntary", 0.0},
    {"lock_wait_s_per_s", "s/s", false, get_rate, "lock", "wait_s", 0.0},
    {"lock_wait_p50_ns", "ns", false, get_of_lock, "wait_ns", "p50", 0.0},
    {"lock_wait_p99_ns", "ns", false, get_of_lock, "wait_ns", "p99", 0.0},
    {"lock_wait_max_ns", "ns", false, get_of_lock, "wait_ns", "max", 0.0},
    {"lock_hold_p99_ns", "ns", false, get_of_lock, "hold_ns", "p99", 0.0},
    {"vain_wakeups_per_s", "1/s", false, get_rate, "lock", "vain_wakeups", 0.0},
    {"barged_per_s", "1/s", false, get_rate, "lock", "barged", 0.0},
    {"longest_hold_ns", "ns", false, get_value, "loop", "longest_hold_ns", 0.0},
    {"stack_mappings", "1", false, get_value, "loop", "stack_mappings", 0.0},
    {"stop_world_p50_ns", "ns", false, get_of_stop, "to_stop_ns", "p50", 0.0},
    {"stop_world_p90_ns", "ns", false, get_of_stop, "to_stop_ns", "p90", 0.0},
    {"stop_world_max_ns", "ns", false, get_of_stop, "to_stop_ns", "max", 0.0},
    {"pause_p50_ns", "ns", false, get_of_stop, "pause_ns", "p50", 0.0},
    {"pause_p90_ns", "ns", false, get_of_stop, "pause_ns", "p90", 0.0},
    {"pause_max_ns", "ns", false, get_of_stop, "pause_ns", "max", 0.0},
    {"fairness_jain", "1", true, get_value, NULL, "fairness_jain", 0.0},
    {"rss_bytes", "bytes", false, get_value, NULL, "rss_bytes", 0.0},
    {"rss_bytes_per_task", "bytes", false, get_value, NULL,
     "rss_bytes_per_task", 0.0},
    {"overhead_s", "s", false, get_value, NULL, "overhead_s", 0.0},
    {0},
};

#define METRICS (ARRAY_LEN(summary_metrics) - 1)
#define WEIGHT  0x1p40 /* small against 2^64, large against any count */

/* Kept in order, so that a repetition more costs no sorting. */
struct series {
    double *sorted;
    size_t n;
};

struct merged {
    const char *object;    /* of the repetition: "latency_ns" */
    struct hist *hist;     /* made when there is something to merge */
    size_t repetitions;    /* merged into it */
    double inverse_counts; /* sum of 1 / values of a repetition */
};

/*
 * How many values of one process the merged ones are worth: with R
 * repetitions of n_r values and equal weights, R^2 / sum(1 / n_r) (Kish's
 * effective sample size); R n when all have n.
 */
static uint64_t effective_count(const struct merged *merged)
{
    double r = (double)merged->repetitions;
    return (uint64_t)(r * r / merged->inverse_counts + 0.5);
}

struct summary {
    struct series series[METRICS];
    struct merged merged[2];
};

const struct metric *summary_metric(const char *name)
{
    for (size_t i = 0; i < METRICS; i++) {
        if (strcmp(summary_metrics[i].name, name) == 0) {
            return &summary_metrics[i];
        }
    }
    return NULL;
}

struct summary *summary_new(void)
{
    struct summary *summary = must_calloc(1, sizeof(*summary));
    summary->merged[0].object = "latency_ns";
    summary->merged[1].object = "service_ns";
    return summary;
}

void summary_free(struct summary *summary)
{
    if (!summary) {
        return;
    }
    for (size_t i = 0; i < METRICS; i++) {
        free(summary->series[i].sorted);
    }
    for (size_t i = 0; i < ARRAY_LEN(summary->merged); i++) {
        free(summary->merged[i].hist);
    }
    free(summary);
}

static void series_add(struct series *series, double value)
{
    if (!isfinite(value)) {
        return;
    }
    series->sorted =
        reallocarray(series->sorted, series->n + 1, sizeof(*series->sorted));
    must(series->sorted != NULL);
    size_t at = series->n++;
    for (; at > 0 && series->sorted[at - 1] > value; at--) {
        series->sorted[at] = series->sorted[at - 1];
    }
    series->sorted[at] = value;
}

/* Adds `from` as if it had WEIGHT values, so that a repetition counts once,
 * however many values it has. */
static void add_weighted(struct hist *into, const struct hist *from)
{
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        uint64_t share =
            (uint64_t)((double)from->buckets[i] / (double)from->count * WEIGHT);
        into->buckets[i] += share;
        into->count += share;
    }
    into->max = from->max > into->max ? from->max : into->max;
}

static int merged_add(struct merged *merged, const json_t *repetition)
{
    const json_t *json = json_object_get(repetition, merged->object);
    if (!json_is_object(json)) {
        return 0;
    }
    _cleanup_(free_p) struct hist *own = must_calloc(1, sizeof(*own));
    int r = repetition_hist_from_json(json, own);
    if (r < 0 || own->count == 0) {
        return r;
    }
    if (!merged->hist) {
        merged->hist = must_calloc(1, sizeof(*merged->hist));
    }
    merged->repetitions++;
    merged->inverse_counts += 1.0 / (double)own->count;
    add_weighted(merged->hist, own);
    return 0;
}

int summary_add(struct summary *summary, const json_t *repetition)
{
    const char *status =
        json_string_value(json_object_get(repetition, "status"));
    if (!status || strcmp(status, "ok") != 0) {
        return 0;
    }
    for (size_t i = 0; i < METRICS; i++) {
        const struct metric *metric = &summary_metrics[i];
        series_add(&summary->series[i], metric->get(metric, repetition));
    }
    for (size_t i = 0; i < ARRAY_LEN(summary->merged); i++) {
        int r = merged_add(&summary->merged[i], repetition);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static const struct merged *merged_of(const struct summary *summary,
                                      const struct metric *metric)
{
    for (size_t i = 0; metric->quantile > 0.0 && i < 2; i++) {
        if (strcmp(summary->merged[i].object, metric->object) == 0) {
            return &summary->merged[i];
        }
    }
    return NULL;
}

static void put(json_t *json, const struct metric *metric, json_t *median,
                const struct series *interval, size_t n)
{
    double low = NAN;
    double high = NAN;
    if (interval) {
        stats_median_interval(interval->sorted, interval->n, &low, &high);
    }
    json_t *value = json_pack("{so so so sI ss ss}", "median", median, "low",
                              json_number(low), "high", json_number(high), "n",
                              (json_int_t)n, "unit", metric->unit, "better",
                              metric->higher_is_better ? "higher" : "lower");
    must(value != NULL);
    json_object_set_new(json, metric->name, value);
}

static void put_percentile(json_t *json, const struct metric *metric,
                           const struct merged *merged,
                           const struct series *series)
{
    if (merged->repetitions == 0) {
        return;
    }
    double q = metric->quantile;
    json_t *median =
        repetition_has_percentile(effective_count(merged), q)
            ? json_integer((json_int_t)hist_quantile(merged->hist, q))
            : json_null();
    bool all = series->n == merged->repetitions;
    put(json, metric, median, all ? series : NULL, merged->repetitions);
}

json_t *summary_to_json(const struct summary *summary)
{
    json_t *json = json_object();
    must(json != NULL);
    for (size_t i = 0; i < METRICS; i++) {
        const struct metric *metric = &summary_metrics[i];
        const struct series *series = &summary->series[i];
        const struct merged *merged = merged_of(summary, metric);
        if (merged) {
            put_percentile(json, metric, merged, series);
        } else if (series->n > 0) {
            double median =
                stats_quantile_sorted(series->sorted, series->n, 0.5);
            put(json, metric, json_number(median), series, series->n);
        }
    }
    return json;
}
