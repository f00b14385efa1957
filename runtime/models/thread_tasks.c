/* SPDX-License-Identifier: MIT */
#include "runtime/models/thread_tasks.h"

#include "harness/base/cleanup.h"
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

/* Touched here, so that they do not count as memory of the tasks. */
static void make_lock_hists(struct exec_run *run)
{
    if (run->setup.each_thread && run->groups[0].gil.wait_hist) {
        size_t size = 2 * run->setup.tasks * sizeof(*run->lock_hists);
        run->lock_hists = malloc(size);
        must(run->lock_hists != NULL);
        memset(run->lock_hists, 0, size);
    }
    if (run->n_groups > 1 && run->groups[0].gil.wait_hist) {
        run->wait_hist = must_calloc(1, sizeof(*run->wait_hist));
        run->hold_hist = must_calloc(1, sizeof(*run->hold_hist));
    }
}

static int make_locks(struct exec_run *run, struct diag *diag)
{
    const struct exec_setup *setup = &run->setup;
    for (size_t i = 0; i < run->n_groups; i++) {
        struct gil *gil = &run->groups[i].gil;
        int rc = gil_init(gil, setup->lock, setup->params, diag);
        if (rc < 0) {
            return rc;
        }
        gil->phase = setup->phase;
    }
    make_lock_hists(run);
    if (setup->trace) {
        trace_common(setup->trace, "timer");
    }
    return 0;
}

/* Zeroed and touched; the caller frees. */
static void *make_array(size_t n, size_t size, size_t alignment)
{
    void *array = aligned_alloc(alignment, n * size);
    must(array != NULL);
    return memset(array, 0, n * size);
}

static int create_run(const struct exec_setup *setup, size_t n_groups,
                      bool with_gil, struct exec_run **ret, struct diag *diag)
{
    struct exec_run *run = must_calloc(1, sizeof(*run));
    run->setup = *setup;
    run->has_gil = with_gil;
    run->n_groups = n_groups;
    run->groups = make_array(n_groups, sizeof(*run->groups),
                             _Alignof(struct thread_group));
    run->tasks = make_array(setup->tasks, sizeof(*run->tasks),
                            _Alignof(struct thread_task));
    run->threads = must_calloc(setup->tasks, sizeof(*run->threads));
    must(pthread_mutex_init(&run->gate_mutex, NULL) == 0);
    must(pthread_mutex_init(&run->trace_mutex, NULL) == 0);
    must(pthread_cond_init(&run->ready_cond, NULL) == 0);
    must(pthread_cond_init(&run->gate_cond, NULL) == 0);
    for (size_t i = 0; i < n_groups; i++) {
        must(pthread_mutex_init(&run->groups[i].child_mutex, NULL) == 0);
    }
    int rc = with_gil ? make_locks(run, diag) : 0;
    if (rc < 0) {
        thread_tasks_destroy(run);
        return rc;
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

/* Reports ready and waits for the gate. False: the start was called off. */
static bool pass_gate(struct exec_run *run, int error, const struct diag *diag)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    if (error < 0 && run->error == 0) {
        run->error = error;
        run->diag = *diag;
    }
    run->ready++;
    must(pthread_cond_signal(&run->ready_cond) == 0);
    while (!run->open) {
        must(pthread_cond_wait(&run->gate_cond, &run->gate_mutex) == 0);
    }
    bool go = !run->called_off;
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
    return go;
}

static void *task_thread(void *arg)
{
    struct thread_task *task = arg;
    struct exec_run *run = task->run;
    struct exec_thread *thread = &run->threads[task->slot];
    struct diag diag = {0};
    int rc = 0;
    thread->tid = (pid_t)syscall(SYS_gettid);
    if (thread->pu != PU_UNBOUND) {
        rc = binding_bind(thread->pu, &diag);
    }
    run->setup.first_touch(task->ex.index, run->setup.arg);
    if (!pass_gate(run, rc, &diag)) {
        return NULL;
    }
    thread_enter(task);
    run->setup.entry(&task->ex, run->setup.arg);
    thread_end(task);
    return NULL;
}

/* Zero pages until something is recorded, so it does not count as memory of
 * the task. */
static struct hist *hist_new(void)
{
    void *hist = mmap(NULL, sizeof(struct hist), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(hist != MAP_FAILED);
    return hist;
}

static void task_init(struct exec_run *run, size_t i)
{
    struct thread_task *task = &run->tasks[i];
    task->run = run;
    task->group = &run->groups[i % run->n_groups];
    task->gil = run->has_gil ? &task->group->gil : NULL;
    task->slot = i;
    task->ex.index = (uint32_t)i;
    task->ex.ops = &thread_ops;
    task->ex.phase = run->setup.phase;
    task->ex.hist = hist_new();
    run->threads[i].pu = run->setup.pus[i];
    run->threads[i].hist = task->ex.hist;
    if (task->gil) {
        gil_user_init(&task->user, task->gil, &task->ex.breaker);
        task->user.waiter.ring =
            run->setup.trace ? &run->setup.trace->rings[i] : NULL;
        if (run->lock_hists) {
            task->user.wait_hist = &run->lock_hists[2 * i];
            task->user.hold_hist = &run->lock_hists[2 * i + 1];
        }
    }
}

static void open_gate(struct exec_run *run, bool called_off)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    run->open = true;
    run->called_off = called_off;
    must(pthread_cond_broadcast(&run->gate_cond) == 0);
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
}

static int await_ready(struct exec_run *run, struct diag *diag)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    while (run->ready < run->started) {
        must(pthread_cond_wait(&run->ready_cond, &run->gate_mutex) == 0);
    }
    int rc = run->error;
    if (rc < 0 && diag) {
        *diag = run->diag;
    }
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
    return rc;
}

int thread_tasks_start(struct exec_run *run, struct exec **execs,
                       struct diag *diag)
{
    int rc = 0;
    for (size_t i = 0; i < run->setup.tasks && rc == 0; i++) {
        task_init(run, i);
        execs[i] = &run->tasks[i].ex;
        rc = thread_create(&run->tasks[i].thread, task_thread, &run->tasks[i]);
        if (rc < 0) {
            diag_set(diag, rc, "only %zu of %zu threads could be made: %s", i,
                     run->setup.tasks, strerror(-rc));
        } else {
            run->started++;
        }
    }
    int ready = await_ready(run, rc == 0 ? diag : NULL);
    rc = rc < 0 ? rc : ready;
    if (rc < 0) {
        open_gate(run, true);
        thread_tasks_join(run);
    }
    return rc;
}

bool thread_tasks_excludes(const struct params *params, const struct unit *lock)
{
    const struct lock_policy *policy =
        container_of(lock, struct lock_policy, unit);
    return (policy->promises & LOCK_EXCLUDES) != 0 &&
           !(policy->is_absent && policy->is_absent(params));
}

void thread_tasks_go(struct exec_run *run)
{
    open_gate(run, false);
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
    for (size_t i = 0; run->wait_hist && i < run->n_groups; i++) {
        hist_merge(run->wait_hist, run->groups[i].gil.wait_hist);
        hist_merge(run->hold_hist, run->groups[i].gil.hold_hist);
    }
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
    if (!run->has_gil) {
        return;
    }
    const struct gil *gil = &run->groups[0].gil;
    ret->library = gil->library;
    ret->hides_wakeups = gil->policy->hides_wakeups;
    ret->lock_wait = run->wait_hist ? run->wait_hist : gil->wait_hist;
    ret->lock_hold = run->hold_hist ? run->hold_hist : gil->hold_hist;
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

static void free_group(struct thread_group *group)
{
    while (group->free_children) {
        struct thread_task *child = group->free_children;
        group->free_children = child->next_free;
        free(child);
    }
    gil_deinit(&group->gil);
    must(pthread_mutex_destroy(&group->child_mutex) == 0);
}

void thread_tasks_destroy(struct exec_run *run)
{
    if (!run) {
        return;
    }
    for (size_t i = 0; i < run->setup.tasks; i++) {
        if (run->threads[i].hist) {
            munmap(run->threads[i].hist, sizeof(struct hist));
        }
    }
    for (size_t i = 0; i < run->n_groups; i++) {
        free_group(&run->groups[i]);
    }
    must(pthread_mutex_destroy(&run->gate_mutex) == 0);
    must(pthread_mutex_destroy(&run->trace_mutex) == 0);
    must(pthread_cond_destroy(&run->ready_cond) == 0);
    must(pthread_cond_destroy(&run->gate_cond) == 0);
    free(run->groups);
    free(run->tasks);
    free(run->threads);
    free(run->lock_hists);
    free(run->wait_hist);
    free(run->hold_hist);
    free(run);
}
