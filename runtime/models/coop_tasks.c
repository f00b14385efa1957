/* SPDX-License-Identifier: MIT */
/*
 * Cooperative tasks: stackful, on one event loop in one thread, bound to the
 * first place. Nothing pre-empts them. What blocks goes to the executor, or
 * stalls the loop, as the workload says.
 *
 * With `loop_lock` the loop's thread and the executor's jobs share an
 * interpreter lock, as in CPython: a job that computes is then no relief.
 */
#include "harness/base/must.h"
#include "harness/exec/exec_model.h"
#include "harness/topology/binding.h"
#include "runtime/models/loop_users.h"
#include "runtime/models/loop_world.h"
#include "runtime/sched/loop_verbs.h"
#include "runtime/sched/stack_limits.h"
#include "runtime/sched/stack_usage.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct exec_run {
    struct exec_setup setup;
    struct loop loop;
    struct loop_users users; /* only with a lock */
    struct loop_world world; /* only without one */
    struct task **tasks;
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

/* The names of all lock policies, in the order of their list. */
static const char *const loop_locks[] = {"none",
#define X(name) #name,
#include "lock_list.h"
#undef X
                                         NULL};

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

static int make_users(struct exec_run *run, struct diag *diag)
{
    const struct exec_setup *setup = &run->setup;
    const char *name = loop_locks[params_get(setup->params, "loop_lock")];
    const char *given = setup->lock ? setup->lock->name : loop_locks[0];
    if (strcmp(name, given) != 0) {
        return diag_set(diag, -EINVAL, "loop_lock is %s and the lock %s", name,
                        given);
    }
    return setup->lock ? loop_users_init(&run->users, setup,
                                         executor_threads(setup->params), diag)
                       : 0;
}

static int coop_tasks_create(const struct exec_setup *setup,
                             struct exec_run **ret, struct diag *diag)
{
    struct exec_run *run = must_calloc(1, sizeof(*run));
    run->setup = *setup;
    int rc = make_users(run, diag);
    if (rc < 0) {
        free(run);
        return rc;
    }
    loop_world_init(&run->world, setup);
    run->tasks = must_calloc(setup->tasks, sizeof(*run->tasks));
    run->thread.pu = setup->pus[0];
    run->thread.hist = must_calloc(1, sizeof(*run->thread.hist));
    must(pthread_mutex_init(&run->gate_mutex, NULL) == 0);
    must(pthread_cond_init(&run->gate_cond, NULL) == 0);
    *ret = run;
    return 0;
}

/* Spinning for somebody on the same PU would only keep it from him. */
static uint64_t linger_ns(const struct params *params)
{
    uint64_t us = (uint64_t)params_get(params, "linger_us");
    return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? us * NS_PER_US : 0;
}

static struct loop_config loop_config(struct exec_run *run)
{
    const struct exec_setup *setup = &run->setup;
    const struct params *params = setup->params;
    return (struct loop_config){
        .discipline = (enum loop_discipline)params_get(params, "discipline"),
        .slot_size = (size_t)params_get(params, "stack_kib") * 1024,
        .tasks = setup->tasks,
        .executor = {.max_threads = executor_threads(params),
                     .max_queued = (size_t)params_get(params, "executor_queue"),
                     .linger_ns = linger_ns(params),
                     .guard = setup->lock ? loop_users_of_worker : NULL,
                     .guard_arg = &run->users},
        .linger_ns = linger_ns(params),
        .guard = setup->lock ? loop_users_of_loop(&run->users)
                             : loop_world_guard(&run->world),
        .poller = poller_types[params_get(params, "poller")],
        .ops = &loop_ops,
        .hist = run->thread.hist,
        .phase = setup->phase};
}

static int make_tasks(struct exec_run *run, struct diag *diag)
{
    const struct exec_setup *setup = &run->setup;
    struct loop_config config = loop_config(run);
    int rc = loop_init(&run->loop, &config, diag);
    if (rc == 0) {
        rc = stack_limits_check(setup->tasks, diag);
    }
    if (rc < 0) {
        return rc;
    }
    if (setup->trace) {
        run->loop.lane = trace_common(setup->trace, "event loop");
        run->loop.children = trace_spawned(setup->trace);
    }
    for (size_t i = 0; i < setup->tasks; i++) {
        struct task *task = loop_spawn(&run->loop, setup->entry, setup->arg);
        if (!task) {
            return stack_limits_explain(&run->loop.stacks, setup->tasks, diag);
        }
        task->ex.index = (uint32_t)i;
        task->lane = setup->trace ? &setup->trace->rings[i] : NULL;
        run->tasks[i] = task;
        setup->first_touch(i, setup->arg);
    }
    return 0;
}

static bool pass_gate(struct exec_run *run, int error, const struct diag *diag)
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
    struct exec_run *run = arg;
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

static void open_gate(struct exec_run *run, bool called_off)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    run->open = true;
    run->called_off = called_off;
    must(pthread_cond_broadcast(&run->gate_cond) == 0);
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
}

static void coop_tasks_join(struct exec_run *run)
{
    if (run->started) {
        must(pthread_join(run->pthread, NULL) == 0);
        loop_world_end(&run->world);
        run->started = false;
    }
}

static int coop_tasks_start(struct exec_run *run, struct exec **execs,
                            struct diag *diag)
{
    int rc = -pthread_create(&run->pthread, NULL, loop_thread, run);
    if (rc < 0) {
        return diag_set(diag, rc, "cannot make the loop's thread: %s",
                        strerror(-rc));
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
        open_gate(run, true);
        coop_tasks_join(run);
        return rc;
    }
    for (size_t i = 0; i < run->setup.tasks; i++) {
        execs[i] = &run->tasks[i]->ex;
    }
    return 0;
}

static void coop_tasks_go(struct exec_run *run)
{
    open_gate(run, false);
    loop_world_start(&run->world);
}

static void coop_tasks_stop(struct exec_run *run)
{
    for (size_t i = 0; i < run->setup.tasks; i++) {
        atomic_fetch_or_explicit(&run->tasks[i]->ex.breaker, EXEC_STOP,
                                 memory_order_relaxed);
    }
    executor_stop(&run->loop.executor);
}

/* Tasks, children and the loop; other rings of the trace have no use here. */
static void mark_lanes(struct exec_run *run)
{
    for (size_t i = 0; i < run->setup.tasks; i++) {
        trace_mark(run->tasks[i]->lane);
    }
    trace_mark(run->loop.children);
    trace_mark(run->loop.lane);
}

static uint32_t index_of(const struct exec_run *run, const struct exec *ex)
{
    for (size_t i = 0; i < run->setup.tasks; i++) {
        if (&run->tasks[i]->ex == ex) {
            return (uint32_t)i;
        }
    }
    return EXEC_NOBODY; /* one of the children */
}

/* The longest hold that has ended, or the one under way. */
static void add_hold(const struct exec_run *run, struct exec_stats *ret)
{
    const struct loop *loop = &run->loop;
    uint64_t since_ns = counter_get(&loop->burst_since_ns);
    uint64_t now = clock_now_ns();
    ret->longest_hold_ns = counter_get(&loop->longest_hold_ns);
    ret->longest_holder = (uint32_t)counter_get(&loop->longest_holder) - 1u;
    if (since_ns && since_ns < now && now - since_ns > ret->longest_hold_ns) {
        ret->longest_hold_ns = now - since_ns;
        ret->longest_holder =
            index_of(run, atomic_load_explicit(&loop->ring.running,
                                               memory_order_relaxed));
    }
}

static void coop_tasks_stats(struct exec_run *run, struct exec_stats *ret)
{
    *ret = (struct exec_stats){
        .has_loop = true,
        .task_switches = counter_get(&run->loop.switches),
        .loop_iterations = counter_get(&run->loop.iterations),
        .executor_jobs = counter_get(&run->loop.jobs)};
    add_hold(run, ret);
    loop_world_stats(&run->world, ret);
    if (run->setup.lock) {
        loop_users_stats(&run->users, ret);
    }
    if (run->setup.trace) {
        mark_lanes(run);
    }
}

static void coop_tasks_stacks(struct exec_run *run, struct exec_stacks *ret)
{
    stack_usage(&run->loop.stacks, ret);
}

static bool coop_tasks_thread_lock(struct exec_run *run, size_t thread,
                                   struct exec_thread_lock *ret)
{
    must(thread == 0);
    *ret = (struct exec_thread_lock){0};
    if (run->setup.lock) {
        loop_users_stats_of_loop(&run->users, &ret->stats);
    }
    return run->setup.lock != NULL;
}

static int coop_tasks_failure(struct exec_run *run, struct diag *diag)
{
    const struct loop *loop = &run->loop;
    int rc = loop->error;
    if (rc == 0) {
        return 0;
    }
    if (loop->no_threads) {
        return diag_set(diag, rc,
                        "the executor cannot make a thread (ulimit -u or -v, "
                        "or the cgroup's pids.max): %s",
                        strerror(-rc));
    }
    return diag_set(diag, rc,
                    "the event loop's poller (%s) failed with %zu tasks left: "
                    "%s",
                    loop->poller->type->unit.name, loop->live, strerror(-rc));
}

static size_t coop_tasks_threads(struct exec_run *run,
                                 const struct exec_thread **ret)
{
    *ret = &run->thread;
    return 1;
}

static void coop_tasks_destroy(struct exec_run *run)
{
    if (!run) {
        return;
    }
    for (size_t i = 0; i < run->setup.tasks && run->tasks[i]; i++) {
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

#ifdef STACK_WATCHED
#define STACK_KIB_DEFAULT 256 /* instrumented frames are larger */
#else
#define STACK_KIB_DEFAULT 64
#endif

/* One thread runs them all. */
static bool coop_tasks_excludes(const struct params *params,
                                const struct unit *lock)
{
    (void)params;
    (void)lock;
    return true;
}

static const char *const disciplines[] = {
    [LOOP_DIRECT] = "direct", [LOOP_SNAPSHOT] = "snapshot", NULL};

static const struct param coop_tasks_params[] = {
    {.name = "discipline",
     .help = "who runs next: whoever is ready, with a poll now and then, or as "
             "in asyncio those who were ready at the poll",
     .unit = "",
     .choices = disciplines,
     .def = LOOP_DIRECT},
    {.name = "stack_kib",
     .help = "address space of a task's stack; only touched pages use memory",
     .unit = "KiB",
     .def = STACK_KIB_DEFAULT,
     .min = 16,
     .max = 8192},
    {.name = "executor_threads",
     .help = "most threads of the executor; 0: min(32, CPUs + 4)",
     .unit = "threads",
     .def = 0,
     .min = 0,
     .max = 1024},
    {.name = "executor_queue",
     .help = "jobs that may wait for a thread; who submits more waits for room",
     .unit = "jobs",
     .def = 1024,
     .min = 1,
     .max = 1000000},
    {.name = "linger_us",
     .help = "how long the loop, and a thread of the executor, spins before it "
             "sleeps, while that pays; never with one PU",
     .unit = "us",
     .def = 0,
     .min = 0,
     .max = 1000000},
    WORLD_PARAMS,
    {.name = "loop_lock",
     .help = "the interpreter lock that the loop and the executor's jobs share",
     .unit = "",
     .choices = loop_locks,
     .def = 0},
    {.name = "poller",
     .help = "what the event loop waits with",
     .unit = "",
     .choices = poller_names,
     .def = 0},
    {0},
};

static const char *coop_tasks_rejects(const struct params *params)
{
    const struct poller_type *poller =
        poller_types[params_get(params, "poller")];
    if (params_get(params, "stop_world_ms") &&
        params_get(params, "loop_lock")) {
        return "stop_world_ms is for a loop without loop_lock";
    }
    return poller->unit.unavailable ? poller->unit.unavailable() : NULL;
}

const struct exec_model exec_model_coop_tasks = {
    .unit = {.name = "coop_tasks",
             .summary = "stackful tasks on one event loop in one thread",
             .params = coop_tasks_params,
             .rejects = coop_tasks_rejects},
    .sharing = EXEC_SHARES_OBJECTS,
    .excludes = coop_tasks_excludes,
    .lock_param = "loop_lock",
    .on_loops = true,
    .places = exec_one_place,
    .traces = true,
    .create = coop_tasks_create,
    .start = coop_tasks_start,
    .go = coop_tasks_go,
    .stop = coop_tasks_stop,
    .join = coop_tasks_join,
    .failure = coop_tasks_failure,
    .stats = coop_tasks_stats,
    .stacks = coop_tasks_stacks,
    .thread_lock = coop_tasks_thread_lock,
    .threads = coop_tasks_threads,
    .destroy = coop_tasks_destroy,
};
