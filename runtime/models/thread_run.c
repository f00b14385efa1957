/* SPDX-License-Identifier: MIT */
/* What a run of threads consists of: its memory, its locks and its gate. */
#include "harness/base/mapping.h"
#include "runtime/models/thread_task.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* Touched here, so that they do not count as memory of the tasks. */
static void *array_new(const struct exec_run *run, size_t n, size_t size)
{
    void *array = mapping_new(n * size, run->shared);
    return memset(array, 0, n * size);
}

/* Histograms stay zero pages until something is recorded. */
static struct hist *hists_new(const struct exec_run *run, size_t n)
{
    return mapping_new(n * sizeof(struct hist), run->shared);
}

static void hists_free(struct hist *hists, size_t n)
{
    mapping_free(hists, n * sizeof(*hists));
}

static int sharing(const struct exec_run *run)
{
    return run->shared ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
}

static void mutex_init(const struct exec_run *run, pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attr;
    must(pthread_mutexattr_init(&attr) == 0);
    must(pthread_mutexattr_setpshared(&attr, sharing(run)) == 0);
    must(pthread_mutex_init(mutex, &attr) == 0);
    must(pthread_mutexattr_destroy(&attr) == 0);
}

static void cond_init(const struct exec_run *run, pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_condattr_setpshared(&attr, sharing(run)) == 0);
    must(pthread_cond_init(cond, &attr) == 0);
    must(pthread_condattr_destroy(&attr) == 0);
}

/* Each task's own spread of waits and holds, and that over all groups. */
static void make_lock_hists(struct exec_run *run)
{
    run->task_hists = hists_new(run, run->setup.tasks);
    if (!run->has_gil) {
        return;
    }
    run->group_hists = hists_new(run, 2 * run->n_groups);
    if (run->setup.each_thread) {
        size_t n = 2 * run->setup.tasks;
        run->lock_hists = hists_new(run, n);
        memset(run->lock_hists, 0, n * sizeof(*run->lock_hists));
    }
}

struct exec_run *thread_run_new(const struct exec_setup *setup, size_t n_groups,
                                bool has_gil, bool shared)
{
    struct exec_run *run = mapping_new(sizeof(*run), shared);
    run->setup = *setup;
    run->has_gil = has_gil;
    run->shared = shared;
    run->n_groups = n_groups;
    run->groups = array_new(run, n_groups, sizeof(*run->groups));
    run->tasks = array_new(run, setup->tasks, sizeof(*run->tasks));
    run->threads = array_new(run, setup->tasks, sizeof(*run->threads));
    make_lock_hists(run);
    mutex_init(run, &run->gate_mutex);
    mutex_init(run, &run->trace_mutex);
    cond_init(run, &run->ready_cond);
    cond_init(run, &run->gate_cond);
    for (size_t i = 0; i < n_groups; i++) {
        mutex_init(run, &run->groups[i].child_mutex);
    }
    return run;
}

int thread_run_make_lock(struct exec_run *run, size_t group, struct diag *diag)
{
    struct gil *gil = &run->groups[group].gil;
    gil->hists = &run->group_hists[2 * group];
    gil->phase = run->setup.phase;
    return gil_init(gil, run->setup.lock, run->setup.params, diag);
}

void thread_run_merge(struct exec_run *run)
{
    for (size_t i = 1; run->has_gil && i < run->n_groups; i++) {
        hist_merge(&run->group_hists[0], &run->group_hists[2 * i]);
        hist_merge(&run->group_hists[1], &run->group_hists[2 * i + 1]);
    }
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

/* Not where groups are processes: what was theirs ended with them, and one
 * that was killed may have left a mutex locked. */
static void free_parts(struct exec_run *run)
{
    for (size_t i = 0; i < run->n_groups; i++) {
        free_group(&run->groups[i]);
    }
    must(pthread_mutex_destroy(&run->gate_mutex) == 0);
    must(pthread_mutex_destroy(&run->trace_mutex) == 0);
    must(pthread_cond_destroy(&run->ready_cond) == 0);
    must(pthread_cond_destroy(&run->gate_cond) == 0);
}

void thread_run_free(struct exec_run *run)
{
    size_t tasks = run->setup.tasks;
    if (!run->shared) {
        free_parts(run);
    }
    hists_free(run->task_hists, tasks);
    hists_free(run->group_hists, 2 * run->n_groups);
    hists_free(run->lock_hists, 2 * tasks);
    mapping_free(run->groups, run->n_groups * sizeof(*run->groups));
    mapping_free(run->tasks, tasks * sizeof(*run->tasks));
    mapping_free(run->threads, tasks * sizeof(*run->threads));
    mapping_free(run, sizeof(*run));
}

void thread_gate_ready(struct exec_run *run, size_t n, int error,
                       const struct diag *diag)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    if (error < 0 && run->error == 0) {
        run->error = error;
        run->diag = *diag;
    }
    run->ready += n;
    must(pthread_cond_signal(&run->ready_cond) == 0);
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
}

bool thread_gate_pass(struct exec_run *run)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    while (!run->open) {
        must(pthread_cond_wait(&run->gate_cond, &run->gate_mutex) == 0);
    }
    bool go = !run->called_off;
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
    return go;
}

void thread_gate_open(struct exec_run *run, bool called_off)
{
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    run->open = true;
    run->called_off = called_off;
    must(pthread_cond_broadcast(&run->gate_cond) == 0);
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
}

int thread_gate_await(struct exec_run *run, size_t n, uint64_t limit_ns,
                      struct diag *diag)
{
    struct timespec limit =
        timespec_of_ns(limit_ns ? clock_now_ns() + limit_ns : 0);
    int rc = 0;
    must(pthread_mutex_lock(&run->gate_mutex) == 0);
    while (run->ready < n && rc != ETIMEDOUT) {
        rc = limit_ns ? pthread_cond_timedwait(&run->ready_cond,
                                               &run->gate_mutex, &limit)
                      : pthread_cond_wait(&run->ready_cond, &run->gate_mutex);
    }
    bool all = run->ready >= n;
    rc = run->error;
    if (rc < 0 && diag) {
        *diag = run->diag;
    }
    must(pthread_mutex_unlock(&run->gate_mutex) == 0);
    return all ? rc : -ETIMEDOUT;
}
