/* SPDX-License-Identifier: MIT */
#include "runtime/models/thread_tasks.h"

#include "harness/base/cleanup.h"
#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "harness/topology/binding.h"
#include "runtime/models/thread_task.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Enough for any workload, small enough that 10,000 fit the address space
 * limits of containers; only touched pages count. */
#define THREAD_STACK_BYTES (1024u * 1024u)

static int create_run(const struct exec_setup *setup, size_t n_groups,
                      bool has_gil, struct exec_run **ret, struct diag *diag)
{
    struct exec_run *run = thread_run_new(setup, n_groups, has_gil, false);
    int rc = 0;
    for (size_t i = 0; has_gil && rc == 0 && i < n_groups; i++) {
        rc = thread_run_make_lock(run, i, diag);
    }
    if (rc < 0) {
        thread_run_free(run);
        return rc;
    }
    if (setup->trace) {
        trace_common(setup->trace, "timer");
    }
    *ret = run;
    return 0;
}

int thread_tasks_create(const struct exec_setup *setup, struct exec_run **ret,
                        struct diag *diag)
{
    return create_run(setup, 1, true, ret, diag);
}

int thread_tasks_create_free(const struct exec_setup *setup,
                             struct exec_run **ret, struct diag *diag)
{
    return create_run(setup, 1, false, ret, diag);
}

int thread_tasks_create_groups(const struct exec_setup *setup, size_t groups,
                               struct exec_run **ret, struct diag *diag)
{
    return create_run(setup, groups, true, ret, diag);
}

int thread_create(pthread_t *ret, void *(*fn)(void *), void *arg)
{
    pthread_attr_t attr;
    must(pthread_attr_init(&attr) == 0);
    must(pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES) == 0);
    int rc = pthread_create(ret, &attr, fn, arg);
    must(pthread_attr_destroy(&attr) == 0);
    return -rc;
}

static void *task_thread(void *arg)
{
    struct thread_task *task = arg;
    struct exec_run *run = task->run;
    struct exec_thread *thread = &run->threads[task->slot];
    struct diag diag = {0};
    int rc = 0;
    thread->tid = (pid_t)syscall(SYS_gettid);
    thread->process = run->shared ? getpid() : 0;
    if (thread->pu != PU_UNBOUND) {
        rc = binding_bind(thread->pu, &diag);
    }
    run->setup.first_touch(task->ex.index, run->setup.arg);
    thread_gate_ready(run, 1, rc, &diag);
    if (!thread_gate_pass(run)) {
        return NULL;
    }
    thread_begin(task);
    run->setup.entry(&task->ex, run->setup.arg);
    thread_end(task);
    return NULL;
}

static void task_init(struct exec_run *run, size_t i)
{
    struct thread_task *task = &run->tasks[i];
    task->run = run;
    task->group = &run->groups[i % run->n_groups];
    task->gil = run->has_gil ? &task->group->gil : NULL;
    task->world = run->world;
    task->slot = i;
    task->ex.index = (uint32_t)i;
    task->ex.ops = &thread_ops;
    task->ex.phase = run->setup.phase;
    task->ex.hist = &run->task_hists[i];
    run->threads[i].pu = run->setup.pus[i];
    run->threads[i].hist = task->ex.hist;
    if (task->gil) {
        gil_user_init(&task->user, task->gil, &task->ex.breaker);
        task->user.waiter.ring =
            run->setup.trace ? &run->setup.trace->rings[i] : NULL;
        if (run->lock_hists && task->gil->wait_hist) {
            task->user.wait_hist = &run->lock_hists[2 * i];
            task->user.hold_hist = &run->lock_hists[2 * i + 1];
        }
    }
}

int thread_task_start(struct exec_run *run, size_t i)
{
    task_init(run, i);
    return thread_create(&run->tasks[i].thread, task_thread, &run->tasks[i]);
}

int thread_tasks_start(struct exec_run *run, struct exec **execs,
                       struct diag *diag)
{
    int rc = 0;
    run->world = world_new(run->setup.params, run->setup.phase);
    for (size_t i = 0; i < run->setup.tasks && rc == 0; i++) {
        execs[i] = &run->tasks[i].ex;
        rc = thread_task_start(run, i);
        if (rc < 0) {
            char limit[256];
            limits_of_threads(limit, sizeof(limit));
            diag_set(diag, rc,
                     "only %zu of %zu threads could be made: %s; or take fewer "
                     "tasks",
                     i, run->setup.tasks, limit);
        } else {
            run->started++;
        }
    }
    int ready = thread_gate_await(run, run->started, 0, rc == 0 ? diag : NULL);
    rc = rc < 0 ? rc : ready;
    if (rc < 0) {
        thread_gate_open(run, true);
        thread_tasks_join(run);
    }
    return rc;
}

bool thread_tasks_excludes(const struct exec_question *question)
{
    const struct lock_policy *policy =
        container_of(question->lock, struct lock_policy, unit);
    return (policy->promises & LOCK_EXCLUDES) != 0 &&
           !(policy->is_absent && policy->is_absent(question->params));
}

void thread_tasks_go(struct exec_run *run)
{
    thread_gate_open(run, false);
    if (run->world) {
        world_start(run->world);
    }
}

void thread_tasks_stop(struct exec_run *run)
{
    for (size_t i = 0; i < run->setup.tasks; i++) {
        atomic_fetch_or_explicit(&run->tasks[i].ex.breaker, EXEC_STOP,
                                 memory_order_relaxed);
    }
}

void thread_tasks_join(struct exec_run *run)
{
    for (size_t i = 0; i < run->started; i++) {
        must(pthread_join(run->tasks[i].thread, NULL) == 0);
    }
    run->started = 0;
    if (run->world) {
        world_end(run->world);
    }
    thread_run_merge(run);
}

/* Where the statistics of children have got to; each group's child_mutex is
 * held. A ring that was not there yet at the first mark has had nothing then.
 */
static void mark_children(struct exec_run *run)
{
    struct trace *trace = run->setup.trace;
    for (size_t i = 0; trace && i < trace->spawned; i++) {
        struct trace_ring *ring = &trace->rings[trace->tasks + i];
        const struct trace_ring *first = &trace->rings[0];
        if (ring->marked == 0 && first->marked == 1) {
            struct trace_mark begin = {.time_ns = first->begin.time_ns};
            trace_set_mark(ring, &begin);
        }
        struct trace_mark mark = {.position = ring->settled,
                                  .time_ns = clock_now_ns(),
                                  .state = TRACE_ENDS};
        trace_set_mark(ring, &mark);
    }
}

/* Children count when they are joined: at one moment for all groups. */
static void add_children(struct exec_run *run, struct exec_lock_stats *stats)
{
    for (size_t i = 0; i < run->n_groups; i++) {
        must(pthread_mutex_lock(&run->groups[i].child_mutex) == 0);
        lock_stats_add(stats, &run->groups[i].child_stats);
    }
    must(pthread_mutex_lock(&run->trace_mutex) == 0);
    mark_children(run);
    must(pthread_mutex_unlock(&run->trace_mutex) == 0);
    for (size_t i = 0; i < run->n_groups; i++) {
        must(pthread_mutex_unlock(&run->groups[i].child_mutex) == 0);
    }
}

void thread_tasks_stats(struct exec_run *run, struct exec_stats *ret)
{
    *ret = (struct exec_stats){.has_lock = run->has_gil};
    if (run->world) {
        ret->to_stop = run->world->to_stop;
        ret->pause = run->world->pause;
    }
    if (!run->has_gil) {
        return;
    }
    const struct gil *gil = &run->groups[0].gil;
    ret->library = gil->library;
    ret->hides_wakeups = gil->policy->hides_wakeups;
    ret->lock_wait = gil->wait_hist; /* in the end of all groups */
    ret->lock_hold = gil->hold_hist;
    add_children(run, &ret->lock);
    for (size_t i = 0; i < run->setup.tasks; i++) {
        gil_user_mark(&run->tasks[i].user, &ret->lock);
    }
    if (run->setup.trace) {
        trace_mark(&run->setup.trace->rings[run->setup.trace->n - 1]);
    }
}

bool thread_tasks_thread_lock(struct exec_run *run, size_t thread,
                              struct exec_thread_lock *ret)
{
    const struct gil_user *user = &run->tasks[thread].user;
    *ret = (struct exec_thread_lock){.wait = user->wait_hist,
                                     .hold = user->hold_hist};
    if (run->has_gil) {
        gil_user_stats_now(user, &ret->stats);
    }
    return run->has_gil;
}

size_t thread_tasks_threads(struct exec_run *run,
                            const struct exec_thread **ret)
{
    *ret = run->threads;
    return run->setup.tasks;
}

void thread_tasks_destroy(struct exec_run *run)
{
    if (run) {
        world_free(run->world);
        thread_run_free(run);
    }
}
