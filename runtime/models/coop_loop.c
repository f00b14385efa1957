/* SPDX-License-Identifier: MIT */
#include "runtime/models/coop_loop.h"

#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "harness/topology/binding.h"
#include "runtime/models/loop_users.h"
#include "runtime/sched/loop_verbs.h"
#include "runtime/sched/stack_limits.h"
#include "runtime/sched/stack_usage.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct coop_loop {
    struct exec_setup setup; /* of all loops */
    struct coop_loop_share share;
    size_t n_tasks; /* its own */
    struct loop loop;
    struct loop_users users; /* only with a lock */
    struct loop_world world; /* only without one */
    struct task **tasks;     /* its own, by their order */
    struct exec_thread thread;
    pthread_t pthread;
    bool started;

    pthread_mutex_t gate_mutex;
    pthread_cond_t gate_cond;
    bool ready; /* under gate_mutex, as the rest */
    bool open;
    bool called_off;
    int error;
    struct diag diag;
};

/* As asyncio's default executor: min(32, CPUs + 4). */
static size_t executor_threads(const struct params *params)
{
    int64_t threads = params_get(params, "executor_threads");
    if (threads == 0) {
        threads = sysconf(_SC_NPROCESSORS_ONLN) + 4;
        threads = threads > 32 ? 32 : threads;
    }
    return (size_t)threads;
}

static int make_users(struct coop_loop *run, struct diag *diag)
{
    const struct exec_setup *setup = &run->setup;
    return setup->lock ? loop_users_init(&run->users, setup,
                                         executor_threads(setup->params), diag)
                       : 0;
}

int coop_loop_create(const struct exec_setup *setup,
                     const struct coop_loop_share *share,
                     struct coop_loop **ret, struct diag *diag)
{
    struct coop_loop *run =
        must_aligned_alloc(_Alignof(struct coop_loop), sizeof(*run));
    memset(run, 0, sizeof(*run));
    run->setup = *setup;
    run->share = *share;
    run->n_tasks =
        (setup->tasks - share->first + share->stride - 1) / share->stride;
    int rc = make_users(run, diag);
    if (rc < 0) {
        free(run);
        return rc;
    }
    loop_world_init(&run->world, share->world);
    run->tasks = must_calloc(run->n_tasks, sizeof(*run->tasks));
    run->thread.pu = setup->pus[share->first];
    run->thread.hist = must_calloc(1, sizeof(*run->thread.hist));
    must(pthread_mutex_init(&run->gate_mutex, NULL) == 0);
    must(pthread_cond_init(&run->gate_cond, NULL) == 0);
    *ret = run;
    return 0;
}

/* The number in the whole run of the loop's own task `i`. */
static size_t number_of(const struct coop_loop *run, size_t i)
{
    return run->share.first + i * run->share.stride;
}

/* Spinning for somebody on the same PU would only keep it from him. */
static uint64_t linger_ns(const struct params *params)
{
    uint64_t us = (uint64_t)params_get(params, "linger_us");
    return binding_pus() > 1 ? us * NS_PER_US : 0;
}

static struct loop_config loop_config(struct coop_loop *run)
{
    const struct exec_setup *setup = &run->setup;
    const struct params *params = setup->params;
    return (struct loop_config){
        .discipline = (enum loop_discipline)params_get(params, "discipline"),
        .slot_size = (size_t)params_get(params, "stack_kib") * 1024,
        .tasks = run->n_tasks,
        .executor = {.max_threads = executor_threads(params),
                     .core_threads =
                         (size_t)params_get(params, "executor_core"),
                     .max_queued = (size_t)params_get(params, "executor_queue"),
                     .linger_ns = linger_ns(params),
                     .guard = setup->lock ? loop_users_of_worker : NULL,
                     .guard_arg = &run->users},
        .linger_ns = linger_ns(params),
        .guard = setup->lock ? loop_users_of_loop(&run->users)
                             : loop_world_guard(&run->world),
        .poller = poller_types[params_get(params, "poller")],
        .ops = run->share.stride > 1 ? &loop_ops_of_several : &loop_ops,
        .hist = run->thread.hist,
        .phase = setup->phase};
}

static int make_tasks(struct coop_loop *run, struct diag *diag)
{
    const struct exec_setup *setup = &run->setup;
    struct loop_config config = loop_config(run);
    int rc = loop_init(&run->loop, &config, diag);
    if (rc == 0) {
        rc = stack_limits_check(run->n_tasks, diag);
    }
    if (rc < 0) {
        return rc;
    }
    if (setup->trace) {
        run->loop.lane = trace_common(setup->trace, "event loop");
        run->loop.children = trace_spawned(setup->trace);
    }
    for (size_t i = 0; i < run->n_tasks; i++) {
        size_t number = number_of(run, i);
        struct task *task = loop_spawn(&run->loop, setup->entry, setup->arg);
        if (!task) {
            return stack_limits_explain(&run->loop.stacks, run->n_tasks, diag);
        }
        task->ex.index = (uint32_t)number;
        task->lane = setup->trace ? &setup->trace->rings[number] : NULL;
        run->tasks[i] = task;
        setup->first_touch(number, setup->arg);
    }
    return 0;
}

static bool pass_gate(struct coop_loop *run, int error, const struct diag *diag)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    run->ready = true;
    run->error = error;
    run->diag = *diag;
    must(pthread_cond_broadcast(&run->gate_cond) == 0);
    while (!run->open) {
        must(pthread_cond_wait(&run->gate_cond, &run->gate_mutex) == 0);
    }
    bool go = !run->called_off;
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
    return go;
}

static void *loop_thread(void *arg)
{
    struct coop_loop *run = arg;
    struct diag diag = {0};
    int rc = 0;
    run->thread.tid = (pid_t)syscall(SYS_gettid);
    if (run->thread.pu != PU_UNBOUND) {
        rc = binding_bind(run->thread.pu, &diag);
    }
    if (rc == 0) {
        rc = make_tasks(run, &diag);
    }
    if (pass_gate(run, rc, &diag)) {
        loop_run(&run->loop);
    }
    return NULL;
}

static void open_gate(struct coop_loop *run, bool called_off)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    run->open = true;
    run->called_off = called_off;
    must(pthread_cond_broadcast(&run->gate_cond) == 0);
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
}

void coop_loop_join(struct coop_loop *run)
{
    if (run->started) {
        must(pthread_join(run->pthread, NULL) == 0);
        run->started = false;
    }
}

void coop_loop_call_off(struct coop_loop *run)
{
    open_gate(run, true);
    coop_loop_join(run);
}

int coop_loop_start(struct coop_loop *run, struct exec **execs,
                    struct diag *diag)
{
    int rc = -pthread_create(&run->pthread, NULL, loop_thread, run);
    if (rc < 0) {
        return limits_no_thread(rc, "the loop", diag);
    }
    run->started = true;
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    while (!run->ready) {
        must(pthread_cond_wait(&run->gate_cond, &run->gate_mutex) == 0);
    }
    rc = run->error;
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
    if (rc < 0) {
        *diag = run->diag;
        coop_loop_call_off(run);
        return rc;
    }
    for (size_t i = 0; i < run->n_tasks; i++) {
        execs[number_of(run, i)] = &run->tasks[i]->ex;
    }
    return 0;
}

void coop_loop_go(struct coop_loop *run)
{
    open_gate(run, false);
}

void coop_loop_stop(struct coop_loop *run)
{
    for (size_t i = 0; i < run->n_tasks; i++) {
        atomic_fetch_or_explicit(&run->tasks[i]->ex.breaker, EXEC_STOP,
                                 memory_order_relaxed);
    }
    executor_stop(&run->loop.executor);
}

/* Tasks, children and the loop; other rings of the trace have no use here. */
static void mark_lanes(struct coop_loop *run)
{
    for (size_t i = 0; i < run->n_tasks; i++) {
        trace_mark(run->tasks[i]->lane);
    }
    trace_mark(run->loop.children);
    trace_mark(run->loop.lane);
}

static uint32_t index_of(const struct coop_loop *run, const struct exec *ex)
{
    for (size_t i = 0; i < run->n_tasks; i++) {
        if (&run->tasks[i]->ex == ex) {
            return ex->index;
        }
    }
    return EXEC_NOBODY; /* one of the children */
}

/* The longest hold that has ended, or the one under way. */
static void add_hold(const struct coop_loop *run, struct exec_stats *ret)
{
    const struct loop *loop = &run->loop;
    uint64_t since_ns = counter_get(&loop->burst_since_ns);
    uint64_t now = clock_now_ns();
    if (counter_get(&loop->longest_hold_ns) > ret->longest_hold_ns) {
        ret->longest_hold_ns = counter_get(&loop->longest_hold_ns);
        ret->longest_holder = (uint32_t)counter_get(&loop->longest_holder) - 1u;
    }
    if (since_ns && since_ns < now && now - since_ns > ret->longest_hold_ns) {
        ret->longest_hold_ns = now - since_ns;
        ret->longest_holder =
            index_of(run, atomic_load_explicit(&loop->ring.running,
                                               memory_order_relaxed));
    }
}

void coop_loop_add_stats(struct coop_loop *run, struct exec_stats *ret)
{
    ret->task_switches += counter_get(&run->loop.switches);
    ret->loop_iterations += counter_get(&run->loop.iterations);
    ret->executor_jobs += counter_get(&run->loop.jobs);
    add_hold(run, ret);
    if (run->setup.lock) {
        loop_users_stats(&run->users, ret);
    }
    if (run->setup.trace) {
        mark_lanes(run);
    }
}

void coop_loop_add_stacks(struct coop_loop *run, struct exec_stacks *ret)
{
    struct exec_stacks own = {0};
    stack_usage(&run->loop.stacks, &own);
    ret->made += own.made;
    ret->guarded += own.guarded;
    ret->mappings += own.mappings;
    if (own.high_water_bytes > ret->high_water_bytes) {
        ret->high_water_bytes = own.high_water_bytes;
    }
}

bool coop_loop_lock(const struct coop_loop *run, struct exec_thread_lock *ret)
{
    *ret = (struct exec_thread_lock){0};
    if (run->setup.lock) {
        loop_users_stats_of_loop(&run->users, &ret->stats);
    }
    return run->setup.lock != NULL;
}

int coop_loop_failure(struct coop_loop *run, struct diag *diag)
{
    const struct loop *loop = &run->loop;
    int rc = loop->error;
    if (rc == 0) {
        return 0;
    }
    if (loop->no_threads) {
        return limits_no_thread(rc, "the executor", diag);
    }
    return diag_set(diag, rc,
                    "the event loop's poller (%s) failed with %zu tasks left: "
                    "%s",
                    loop->poller->type->unit.name, loop->ring.live,
                    strerror(-rc));
}

const struct exec_thread *coop_loop_thread(const struct coop_loop *run)
{
    return &run->thread;
}

void coop_loop_destroy(struct coop_loop *run)
{
    if (!run) {
        return;
    }
    for (size_t i = 0; i < run->n_tasks && run->tasks[i]; i++) {
        stack_context_deinit(&run->tasks[i]->ex.context);
    }
    if (run->loop.ops) {
        loop_deinit(&run->loop);
    }
    loop_users_deinit(&run->users);
    loop_world_deinit(&run->world);
    must(pthread_mutex_destroy(&run->gate_mutex) == 0);
    must(pthread_cond_destroy(&run->gate_cond) == 0);
    free(run->thread.hist);
    free(run->tasks);
    free(run);
}
