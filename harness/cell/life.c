/* SPDX-License-Identifier: MIT */
#include "harness/cell/life.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/cell/lock_usage.h"
#include "harness/cell/stage.h"
#include "harness/load/load.h"
#include "harness/topology/binding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

/* What is read at a slice's edge. */
struct edge {
    uint64_t time_ns;
    uint64_t steps;
    uint64_t background_steps;
    uint64_t cpu_ns;
    struct noise noise;
};

static void set_phase(struct stage *stage, enum exec_phase phase)
{
    atomic_store_explicit(&stage->phase, phase, memory_order_relaxed);
    if (stage->run.load) {
        load_phase(stage->run.load, phase);
    }
}

static uint64_t sum_steps(const struct stage *stage, size_t first, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = first; i < first + n; i++) {
        sum += exec_steps(stage->run.execs[i]);
    }
    return sum;
}

static void read_edge(const struct stage *stage, struct edge *edge)
{
    noise_read(&edge->noise);
    edge->cpu_ns = stage_read_cpu_ns(stage);
    uint64_t before = clock_now_ns();
    edge->steps = sum_steps(stage, 0, stage->run.tasks);
    edge->background_steps =
        sum_steps(stage, stage->run.tasks, stage->run.background);
    edge->time_ns = before + (clock_now_ns() - before) / 2;
}

/*
 * `inject_permille`: one step that counts is 1 + N/1000 steps of the workload,
 * which is what N per mille more work in each step would be. The tasks' loops
 * know nothing of it (docs/decisions has why).
 */
static uint64_t injected_steps(const struct cell *cell, uint64_t steps)
{
    double factor =
        1.0 + (double)params_get(&cell->params, "inject_permille") / 1000.0;
    return factor > 1.0 ? (uint64_t)((double)steps / factor + 0.5) : steps;
}

static void injected_hist(const struct cell *cell, struct hist *hist)
{
    double factor =
        1.0 + (double)params_get(&cell->params, "inject_permille") / 1000.0;
    if (factor > 1.0) {
        hist_scale(hist, factor);
    }
}

static void slice_between(const struct cell *cell, const struct edge *a,
                          const struct edge *b, struct repetition_slice *slice)
{
    *slice = (struct repetition_slice){
        .duration_s = (double)(b->time_ns - a->time_ns) / (double)NS_PER_S,
        .steps = injected_steps(cell, b->steps - a->steps),
        .background_steps =
            injected_steps(cell, b->background_steps - a->background_steps),
        .cpu_s = (double)(b->cpu_ns - a->cpu_ns) / (double)NS_PER_S,
        .noise = noise_between(&a->noise, &b->noise)};
}

/* The slices, and the tasks' steps over all of them; warm-up began at
 * `begin_ns`. */
static void measure_slices(struct stage *stage, struct life *life,
                           uint64_t begin_ns)
{
    const struct cell *cell = stage->cell;
    struct edge edge;
    read_edge(stage, &edge);
    struct edge first = edge;
    for (size_t i = 0; i < cell->tasks; i++) {
        life->task_steps[i] = exec_steps(stage->run.execs[i]);
    }
    for (unsigned k = 0; k < cell->slices; k++) {
        clock_sleep_until(first.time_ns + (k + 1) * cell->slice_ms * NS_PER_MS);
        struct edge next;
        read_edge(stage, &next);
        slice_between(cell, &edge, &next, &life->slices[k]);
        edge = next;
    }
    for (size_t i = 0; i < cell->tasks; i++) {
        uint64_t steps = exec_steps(stage->run.execs[i]);
        life->task_steps[i] = injected_steps(cell, steps - life->task_steps[i]);
    }
    life->repetition.warmup_s =
        (double)(first.time_ns - begin_ns) / (double)NS_PER_S;
    life->repetition.wall_s =
        (double)(edge.time_ns - first.time_ns) / (double)NS_PER_S;
    life->repetition.cpu_s =
        (double)(edge.cpu_ns - first.cpu_ns) / (double)NS_PER_S;
}

static uint64_t generator_cpu_ns(const struct stage *stage)
{
    return stage->run.load ? load_cpu_ns(stage->run.load) : 0;
}

static void life_init(struct life *life, const struct cell *cell)
{
    *life = (struct life){0};
    life->slices = must_calloc(cell->slices, sizeof(*life->slices));
    life->task_steps = must_calloc(cell->tasks, sizeof(*life->task_steps));
    life->repetition.slices = life->slices;
    life->repetition.n_slices = cell->slices;
    life->repetition.has_background = cell->background > 0;
    life->repetition.task_steps = life->task_steps;
    life->repetition.n_tasks = cell->tasks;
    if (cell->trace_events > 0) {
        size_t total = cell->tasks + cell->background;
        life->trace = trace_new(total, cell->trace_events);
        for (size_t i = cell->tasks; i < total; i++) {
            struct trace_ring *ring = &life->trace->rings[i];
            snprintf(ring->name, sizeof(ring->name), "background %zu", i);
        }
    }
}

/* Lock and loop counters of the window: after - before. */
static void record_stats(struct life *life, const struct exec_stats *a,
                         const struct exec_stats *b)
{
    if (b->has_lock) {
        lock_usage_between(a, b, &life->lock);
        life->repetition.lock = &life->lock;
    }
    if (b->has_loop) {
        life->loop = (struct repetition_loop){
            .switches = b->task_switches - a->task_switches,
            .iterations = b->loop_iterations - a->loop_iterations,
            .executor_jobs = b->executor_jobs - a->executor_jobs,
            .longest_hold_ns = b->longest_hold_ns,
            .longest_holder = b->longest_holder};
        life->repetition.loop = &life->loop;
    }
}

/* With all tasks live, and what came since `before`. */
static void record_memory(const struct stage *stage, struct life *life,
                          const struct usage_memory *before)
{
    struct usage_memory now;
    stage_read_memory(stage, &now);
    life->repetition.rss_bytes = now.bytes;
    life->repetition.rss_bytes_per_task =
        ((double)now.bytes - (double)before->bytes) / (double)stage->total;
    life->repetition.own_bytes = now.own_bytes;
    life->repetition.processes = now.processes;
}

/* From warm-up to the last slice, with everything counted around it. */
static void measure(struct stage *stage, struct life *life,
                    const struct usage_memory *before_start)
{
    const struct cell *cell = stage->cell;
    const struct exec_thread *threads;
    size_t n_threads = cell->model->threads(stage->exec_run, &threads);
    uint64_t warmup_ns =
        (uint64_t)params_get(&cell->params, "warmup_ms") * NS_PER_MS;

    uint64_t begin_ns = clock_now_ns();
    cell->model->go(stage->exec_run);
    set_phase(stage, EXEC_WARM_UP); /* starts the generator, if any */
    clock_sleep_until(begin_ns + warmup_ns);
    record_memory(stage, life, before_start);

    struct switches before;
    struct switches after;
    struct exec_stats stats_before;
    life->threads = must_calloc(n_threads, sizeof(*life->threads));
    life->repetition.threads = life->threads;
    life->repetition.n_threads = n_threads;
    usage_threads_begin(threads, n_threads, life->threads);
    lock_usage_threads_begin(cell->model, stage->exec_run, n_threads,
                             life->threads);
    cell->model->stats(stage->exec_run, &stats_before);
    stage_read_switches(stage, &before);
    uint64_t generator_ns = generator_cpu_ns(stage);
    set_phase(stage, EXEC_MEASURE);
    measure_slices(stage, life, begin_ns);
    generator_ns = generator_cpu_ns(stage) - generator_ns;
    stage_read_switches(stage, &after);
    cell->model->stats(stage->exec_run, &stage->stats);
    lock_usage_threads_end(cell->model, stage->exec_run, n_threads,
                           life->threads);
    /* Before the drain: a thread that has ended has no counters. */
    usage_threads_end(threads, n_threads, life->threads);
    set_phase(stage, EXEC_DRAIN);
    life->repetition.generator_cpu_s =
        stage->run.load ? (double)generator_ns / (double)NS_PER_S : -1.0;
    life->repetition.voluntary = after.voluntary - before.voluntary;
    life->repetition.involuntary = after.involuntary - before.involuntary;
    record_stats(life, &stats_before, &stage->stats);
}

/* When all tasks have ended: how deep their stacks were. */
static void record_stacks(struct stage *stage, struct life *life)
{
    if (life->repetition.loop && stage->cell->model->stacks) {
        stage->cell->model->stacks(stage->exec_run, &life->loop.stacks);
    }
}

/* When all tasks have ended: what their waits, holds and stops were like. */
static void spread_locks(struct stage *stage, struct life *life)
{
    const struct exec_model *model = stage->cell->model;
    const struct exec_stats *stats = &stage->stats;
    if (stats->to_stop) {
        life->stop.to_stop =
            repetition_spread_of(stats->to_stop, stats->to_stop->count);
        life->stop.pause =
            repetition_spread_of(stats->pause, stats->pause->count);
        life->repetition.stop = &life->stop;
    }
    if (life->repetition.lock) {
        lock_usage_spread(&stage->stats, &life->lock);
        lock_usage_threads_spread(model, stage->exec_run,
                                  life->repetition.n_threads, life->threads);
    }
}

/* Latencies: the generator's if there is one, else the tasks' own. */
static int collect_latencies(struct stage *stage, struct life *life,
                             struct diag *diag)
{
    const struct exec_thread *threads;
    size_t n = stage->cell->model->threads(stage->exec_run, &threads);
    if (!stage->run.load) {
        for (size_t i = 0; i < n; i++) {
            hist_merge(&life->latency, threads[i].hist);
        }
        injected_hist(stage->cell, &life->latency);
        life->repetition.latency = &life->latency;
        return 0;
    }
    _cleanup_(free_p) struct load_result *result =
        must_calloc(1, sizeof(*result));
    int rc = load_finish(stage->run.load, result, diag);
    if (rc < 0) {
        return rc;
    }
    life->latency = result->latency;
    life->service = result->service;
    injected_hist(stage->cell, &life->latency);
    injected_hist(stage->cell, &life->service);
    life->repetition.latency = &life->latency;
    life->repetition.service = &life->service;
    if (result->mismatches) {
        return diag_set(diag, -EBADMSG,
                        "%llu replies differ from what was sent",
                        (unsigned long long)result->mismatches);
    }
    return 0;
}

static int model_failure(struct stage *stage, struct diag *diag)
{
    const struct exec_model *model = stage->cell->model;
    return model->failure ? model->failure(stage->exec_run, diag) : 0;
}

static int run_tasks(struct stage *stage, struct life *life, struct diag *diag)
{
    const struct cell *cell = stage->cell;
    struct native_work work = {.kind = cell->workload->native,
                               .tasks = stage->total,
                               .run = &stage->run};
    if (cell->workload->describe) {
        cell->workload->describe(&stage->run, &work);
    }
    struct exec_setup setup = {.params = &cell->params,
                               .lock = cell->lock,
                               .tasks = stage->total,
                               .each_thread =
                                   stage->total <= REPETITION_THREADS,
                               .pus = cell->pus,
                               .phase = &stage->phase,
                               .work = &work,
                               .trace = life->trace};
    stage_set_up(stage, &setup);
    int rc = cell->model->create(&setup, &stage->exec_run, diag);
    if (rc < 0) {
        return rc;
    }
    struct usage_memory before_start;
    stage_read_memory(stage, &before_start);
    rc = cell->model->start(stage->exec_run, stage->run.execs, diag);
    if (rc < 0) {
        return rc;
    }
    measure(stage, life, &before_start);
    cell->model->stop(stage->exec_run);
    cell->model->join(stage->exec_run);
    spread_locks(stage, life);
    record_stacks(stage, life);
    rc = model_failure(stage, diag);
    if (rc == 0) {
        rc = workload_failure(&stage->run, diag);
    }
    int latencies = collect_latencies(stage, life, rc == 0 ? diag : NULL);
    rc = rc < 0 ? rc : latencies;
    return rc < 0 ? rc : cell->workload->verify(&stage->run, diag);
}

static int bind_controller(const struct cell *cell, struct diag *diag)
{
    return cell->pus[0] == PU_UNBOUND ? 0 : binding_bind(cell->pus[0], diag);
}

int life_run(const struct cell *cell, struct life *life, struct diag *diag)
{
    life_init(life, cell);
    prctl(PR_SET_TIMERSLACK,
          (unsigned long)params_get(&cell->params, "timer_slack_ns"));
    struct stage *stage = stage_new(cell);
    int rc = bind_controller(cell, diag);
    if (rc == 0 && cell->workload->prepare) {
        rc = cell->workload->prepare(&stage->run, diag);
    }
    if (rc == 0) {
        rc = binding_unbind(diag);
    }
    if (rc == 0) {
        rc = run_tasks(stage, life, diag);
    }
    if (cell->workload->cleanup) {
        cell->workload->cleanup(&stage->run);
    }
    stage_free(stage);
    return rc;
}

void life_deinit(struct life *life)
{
    free(life->slices);
    free(life->threads);
    free(life->task_steps);
    trace_free(life->trace);
    life->trace = NULL;
    life->slices = NULL;
    life->threads = NULL;
    life->task_steps = NULL;
}
