/* SPDX-License-Identifier: MIT */
#include "bench/advise.h"

#include "claims/claim.h"
#include "harness/base/cacheline.h"
#include "harness/base/must.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <string.h>

/* A rate this far below what requests that need nobody else would reach is
 * saturated; a resource this busy is the one that is short. */
#define GOES  0.9
#define SHORT 0.85

/* One request at a time: on a machine with several PUs nobody waits for one,
 * unless something else runs (claim_disturbance()). */
static json_t *alone(const struct advise_service *service)
{
    json_t *json = json_pack("{ss ss si s{sI sI ss}}", "workload",
                             "mixed_request", "model", "free_threads", "tasks",
                             1, "set", "cpu_us", (json_int_t)service->cpu_us,
                             "wait_us", (json_int_t)service->wait_us, "wait",
                             service->blocking ? "blocking" : "timer");
    must(json != NULL);
    return json;
}

/* Calls that block on the loop's own thread come one after another, and each
 * task is resumed when all others had their turn: a slice has to see several
 * such rounds, so there is one cell, of one long slice. */
static json_t *inline_calls(const struct advise_service *service)
{
    double round_ms =
        service->concurrency * (service->cpu_us + service->wait_us) * 1e-3;
    json_int_t slice_ms = (json_int_t)fmin(fmax(4.0 * round_ms, 60.0), 2000.0);
    json_int_t warmup_ms = (json_int_t)fmin(fmax(round_ms, 20.0), 1000.0);
    json_t *json = json_pack(
        "{ss ss sI si sI s{sI sI ss ss sI}}", "workload", "mixed_request",
        "model", "coop_tasks", "tasks", (json_int_t)service->concurrency,
        "slices", 1, "slice_ms", slice_ms, "set", "cpu_us",
        (json_int_t)service->cpu_us, "wait_us", (json_int_t)service->wait_us,
        "wait", "blocking", "via", "inline", "warmup_ms", warmup_ms);
    must(json != NULL);
    return json;
}

json_t *advise_plan(const struct advise_service *service, double pus)
{
    json_t *cpu_us = json_array();
    json_int_t last = 0;
    for (double factor = 0.25; factor <= 4.0; factor *= 2.0) {
        json_int_t us = (json_int_t)llround(service->cpu_us * factor);
        us = us < 1 ? 1 : us > 1000000 ? 1000000 : us;
        if (us > last) {
            json_array_append_new(cpu_us, json_integer(us));
            last = us;
        }
    }
    json_t *experiments = json_array();
    for (int on_loop = 0; on_loop < 2; on_loop++) {
        json_t *set = json_pack("{sO sI ss}", "cpu_us", cpu_us, "wait_us",
                                (json_int_t)service->wait_us, "wait",
                                service->blocking ? "blocking" : "timer");
        must(set != NULL);
        if (on_loop && service->blocking) {
            json_object_set_new(set, "via", json_string("executor"));
        }
        json_t *models = on_loop ? json_pack("[s]", "coop_tasks")
                                 : json_pack("[sss]", "gil_threads",
                                             "free_threads", "processes");
        json_array_append_new(
            experiments,
            json_pack("{ss so ss sI so}", "workload", "mixed_request", "model",
                      models, "lock", "cpython3", "tasks",
                      (json_int_t)service->concurrency, "set", set));
    }
    json_decref(cpu_us);
    if (service->blocking) {
        json_array_append_new(experiments, inline_calls(service));
    }
    if (service->concurrency > 1) {
        json_array_append_new(experiments, alone(service));
    }
    if (service->shared.object) {
        advise_shared_plan(&service->shared, pus, experiments);
    }
    return json_pack("{si ss ss si si si so}", "schema_version", 1, "plan",
                     "advise", "summary", "one service, under every model",
                     "reps", 6, "slices", 3, "slice_ms", 60, "experiments",
                     experiments);
}

static double param_of(const json_t *cell, const char *name)
{
    return json_number_or_nan(
        json_object_get(json_object_get(cell, "params"), name));
}

static const char *word_of(const json_t *cell, const char *name)
{
    const char *word = json_string_value(
        json_object_get(json_object_get(cell, "params"), name));
    return word ? word : "";
}

static const char *text_of(const json_t *cell, const char *key)
{
    const char *text = json_string_value(json_object_get(cell, key));
    return text ? text : "";
}

static double summary_of(const json_t *cell, const char *metric,
                         const char *which)
{
    const json_t *summary = json_object_get(cell, "summary");
    return json_number_or_nan(
        json_object_get(json_object_get(summary, metric), which));
}

static bool is_measured(const json_t *cell, bool blocking)
{
    bool blocks = strcmp(word_of(cell, "wait"), "blocking") == 0;
    return strcmp(text_of(cell, "workload"), "mixed_request") == 0 &&
           strcmp(text_of(cell, "status"), "ok") == 0 && blocks == blocking &&
           param_of(cell, "cpu_us") > 0.0 &&
           summary_of(cell, "steps_per_s", "median") >= 0.0;
}

/* Median over repetitions of a number that `read` takes from one. */
static double median_over(const json_t *cell,
                          double (*read)(const json_t *repetition))
{
    double values[64];
    size_t n = 0;
    size_t i;
    const json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        double value = read(repetition);
        if (isfinite(value) && n < ARRAY_LEN(values)) {
            values[n++] = value;
        }
    }
    return n > 0 ? stats_median(values, n) : (double)NAN;
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_or_nan(json_object_get(object, key));
}

static double read_busy_pus(const json_t *repetition)
{
    return number_of(repetition, "cpu_s") / number_of(repetition, "wall_s");
}

static double read_lock_busy(const json_t *repetition)
{
    const json_t *lock = json_object_get(repetition, "lock");
    return number_of(lock, "hold_mean_ns") * number_of(lock, "acquisitions") *
           1e-9 / number_of(repetition, "wall_s");
}

static double distance(double a, double b)
{
    return fabs(log((a + 1.0) / (b + 1.0)));
}

/* Concurrency and wait of the cells that are nearest to the service. */
static int find_nearest(const json_t *cells, struct advice *advice)
{
    double best = INFINITY;
    size_t i;
    const json_t *cell;
    json_array_foreach(cells, i, cell)
    {
        if (!is_measured(cell, advice->asked.blocking)) {
            continue;
        }
        double tasks = number_of(cell, "tasks");
        double far =
            distance(tasks, advice->asked.concurrency) +
            distance(param_of(cell, "wait_us"), advice->asked.wait_us) +
            distance(param_of(cell, "cpu_us"), advice->asked.cpu_us);
        if (far < best) {
            best = far;
            advice->found.concurrency = tasks;
            advice->found.wait_us = param_of(cell, "wait_us");
            advice->found.cpu_us = param_of(cell, "cpu_us");
        }
    }
    return isfinite(best) ? 0 : -EINVAL;
}

static struct advise_variant *variant_of(struct advice *advice,
                                         const json_t *cell)
{
    char name[96];
    const char *lock = text_of(cell, "lock");
    const char *model = text_of(cell, "model");
    bool on_loop = strcmp(model, "coop_tasks") == 0;
    const char *via =
        advice->asked.blocking && on_loop ? word_of(cell, "via") : "";
    snprintf(name, sizeof(name), "%s%s%s%s%s%s", model, *lock ? ":" : "", lock,
             *via ? " (" : "", via, *via ? ")" : "");
    for (size_t i = 0; i < advice->n; i++) {
        if (strcmp(advice->variants[i].name, name) == 0) {
            return &advice->variants[i];
        }
    }
    if (advice->n == ADVISE_VARIANTS_MAX) {
        return NULL;
    }
    struct advise_variant *variant = &advice->variants[advice->n++];
    memcpy(variant->name, name, sizeof(name));
    variant->one_thread = on_loop;
    variant->executor = strcmp(via, "executor") == 0;
    return variant;
}

static void add_point(struct advise_variant *variant, const json_t *cell)
{
    struct advise_point point = {
        .cell = text_of(cell, "id"),
        .cpu_us = param_of(cell, "cpu_us"),
        .rate = summary_of(cell, "steps_per_s", "median"),
        .low = summary_of(cell, "steps_per_s", "low"),
        .high = summary_of(cell, "steps_per_s", "high"),
        .p50_ns = summary_of(cell, "latency_p50_ns", "median"),
        .p99_ns = summary_of(cell, "latency_p99_ns", "median"),
        .busy_pus = median_over(cell, read_busy_pus),
        .lock_busy = median_over(cell, read_lock_busy)};
    size_t at = 0;
    while (at < variant->n && variant->points[at].cpu_us < point.cpu_us) {
        at++;
    }
    bool is_there =
        at < variant->n && variant->points[at].cpu_us <= point.cpu_us;
    if (is_there || variant->n == ADVISE_POINTS_MAX) {
        return; /* other parameters differ: the first one stands for them */
    }
    memmove(variant->points + at + 1, variant->points + at,
            (variant->n - at) * sizeof(point));
    variant->points[at] = point;
    variant->n++;
}

/* What requests would reach that need nobody else. */
static double free_rate(const struct advice *advice, double cpu_us)
{
    return advice->found.concurrency * 1e6 / (cpu_us + advice->found.wait_us);
}

static double share_of(const struct advice *advice, double cpu_us)
{
    return cpu_us / (cpu_us + advice->found.wait_us);
}

static double efficiency(const struct advice *advice,
                         const struct advise_point *point)
{
    return point->rate / free_rate(advice, point->cpu_us);
}

bool advise_keeps_up(const struct advice *advice,
                     const struct advise_point *point)
{
    return efficiency(advice, point) >= GOES;
}

static const char *bottleneck_of(const struct advice *advice,
                                 const struct advise_variant *variant)
{
    const struct advise_point *point = &variant->points[variant->here];
    if (advise_keeps_up(advice, point)) {
        return "none: requests only wait";
    }
    /* First the CPUs: processes have a lock each, and all may be busy. */
    if (point->busy_pus >= SHORT * advice->pus) {
        return "the CPUs";
    }
    if (variant->one_thread && point->busy_pus >= SHORT) {
        return "the loop's thread";
    }
    if (point->lock_busy >= SHORT) {
        return "the lock";
    }
    if (variant->executor) {
        return "the executor's threads";
    }
    if (variant->one_thread && advice->asked.blocking) {
        return "the loop, which waits in each call";
    }
    return "the kernel: switching and waking";
}

/* Where the variant ceases to keep up, over the CPU share of a request. */
static void find_crossover(const struct advice *advice,
                           struct advise_variant *variant)
{
    for (size_t i = 0; i < variant->n; i++) {
        double now = efficiency(advice, &variant->points[i]);
        if (now >= GOES) {
            continue;
        }
        variant->saturates = true;
        variant->from_the_start = i == 0;
        variant->shares[1] = share_of(advice, variant->points[i].cpu_us);
        if (i > 0) {
            const struct advise_point *last = &variant->points[i - 1];
            double before = efficiency(advice, last);
            double a = share_of(advice, last->cpu_us);
            double b = variant->shares[1];
            double part = (before - GOES) / (before - now);
            variant->shares[0] = a;
            variant->shares[2] = exp(log(a) + part * (log(b) - log(a)));
        }
        return;
    }
}

/* Each inner point by its two neighbours, on logarithmic axes. */
static double left_out_error(const struct advice *advice)
{
    double largest = NAN;
    for (size_t v = 0; v < advice->n; v++) {
        const struct advise_variant *variant = &advice->variants[v];
        for (size_t i = 1; i + 1 < variant->n; i++) {
            const struct advise_point *p = &variant->points[i];
            double x0 = log(p[-1].cpu_us);
            double x1 = log(p[1].cpu_us);
            double part = (log(p->cpu_us) - x0) / (x1 - x0);
            double guess = exp(log(p[-1].rate) +
                               part * (log(p[1].rate) - log(p[-1].rate)));
            if (p->rate > 0.0) {
                largest = fmax(largest, fabs(guess / p->rate - 1.0));
            }
        }
    }
    return largest;
}

static void conclude(struct advice *advice)
{
    for (size_t v = 0; v < advice->n; v++) {
        struct advise_variant *variant = &advice->variants[v];
        double best = INFINITY;
        for (size_t i = 0; i < variant->n; i++) {
            double far =
                distance(variant->points[i].cpu_us, advice->found.cpu_us);
            if (far < best) {
                best = far;
                variant->here = i;
            }
        }
        variant->bottleneck = bottleneck_of(advice, variant);
        find_crossover(advice, variant);
    }
    advice->left_out_error = left_out_error(advice);
}

int advise_read(const json_t *document, const struct advise_service *service,
                struct advice *ret, struct diag *diag)
{
    const json_t *cells = json_object_get(document, "cells");
    const json_t *context = json_object_get(document, "context");
    *ret = (struct advice){.asked = *service, .found = *service};
    ret->disturbance = claim_disturbance(document);
    ret->pus = number_of(json_object_get(context, "topology"), "pus");
    if (find_nearest(cells, ret) < 0) {
        return diag_set(diag, -EINVAL,
                        "no cell of mixed_request%s has been measured there",
                        service->blocking ? " with wait=blocking" : "");
    }
    size_t i;
    const json_t *cell;
    json_array_foreach(cells, i, cell)
    {
        bool near = is_measured(cell, service->blocking) &&
                    number_of(cell, "tasks") == ret->found.concurrency &&
                    param_of(cell, "wait_us") == ret->found.wait_us;
        struct advise_variant *variant = near ? variant_of(ret, cell) : NULL;
        if (variant) {
            add_point(variant, cell);
        }
    }
    conclude(ret);
    return service->shared.object
               ? advise_shared_read(document, &service->shared, &ret->shared,
                                    diag)
               : 0;
}
