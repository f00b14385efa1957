/* SPDX-License-Identifier: MIT */
#include "runtime/models/thread_pool.h"

#include "harness/base/cleanup.h"
#include "harness/base/mapping.h"
#include "runtime/models/thread_task.h"
#include "runtime/models/thread_tasks.h"

#include <string.h>

enum { COUNT_EACH = 16 }; /* threads, at most, of which each is counted */

struct pool_task {
    struct exec ex; /* counts steps; nobody runs on it */
    struct pool_task *next;
};

struct pool {
    struct exec_setup setup; /* of the tasks */
    size_t threads;
    uint64_t yield_steps;
    struct pool_task *tasks;
    pthread_mutex_t mutex;
    struct pool_task *head; /* both under mutex */
    struct pool_task *tail;
};

size_t thread_pool_places(const struct params *params, size_t tasks,
                          size_t offered)
{
    (void)offered;
    size_t threads = (size_t)params_get(params, "threads");
    return threads == 0 || threads > tasks ? tasks : threads;
}

bool thread_pool_floats(const struct params *params, size_t tasks)
{
    return thread_pool_places(params, tasks, 0) < tasks;
}

const char *thread_pool_unsupported(const struct exec_question *question)
{
    return thread_pool_floats(question->params, question->tasks) &&
                   !question->stepwise
               ? "a task of it is one long job, and the pool has fewer threads "
                 "than there are tasks"
               : NULL;
}

static void push(struct pool *pool, struct pool_task *task)
{
    task->next = NULL;
    must(pthread_mutex_lock(&pool->mutex) == 0);
    if (pool->head) {
        pool->tail->next = task;
    } else {
        pool->head = task;
    }
    pool->tail = task;
    must(pthread_mutex_unlock(&pool->mutex) == 0);
}

/* NULL: all that is left is at work, and the run is over. Until then there is
 * somebody in the queue for each thread, as there are more tasks than threads
 * and each comes back. */
static struct pool_task *pop(struct pool *pool)
{
    must(pthread_mutex_lock(&pool->mutex) == 0);
    struct pool_task *task = pool->head;
    if (task) {
        pool->head = task->next;
    }
    must(pthread_mutex_unlock(&pool->mutex) == 0);
    return task;
}

/* One job. False: it was the task's last. */
static bool work_at(struct pool *pool, struct pool_task *task, struct exec *ex)
{
    const struct exec_setup *setup = &pool->setup;
    ex->index = task->ex.index;
    if (!exec_safepoint(ex) || !setup->step(ex, setup->arg)) {
        return false;
    }
    uint64_t steps = exec_steps(&task->ex) + 1;
    exec_progress(&task->ex, steps);
    if (pool->yield_steps && steps % pool->yield_steps == 0) {
        exec_yield(ex);
    }
    return true;
}

/* What a thread of the pool does, with the lock if there is one. */
static void pool_main(struct exec *ex, void *arg)
{
    struct pool *pool = arg;
    struct pool_task *task;
    while ((task = pop(pool))) {
        if (work_at(pool, task, ex)) {
            push(pool, task);
        } else {
            pool->setup.finish(ex, pool->setup.arg);
        }
    }
}

/* The thread's share of the tasks: whose memory they are in the end depends on
 * who is at work at them. */
static void pool_first_touch(size_t thread, void *arg)
{
    struct pool *pool = arg;
    for (size_t i = thread; i < pool->setup.tasks; i += pool->threads) {
        pool->setup.first_touch(i, pool->setup.arg);
    }
}

static size_t tasks_size(const struct pool *pool)
{
    return pool->setup.tasks * sizeof(*pool->tasks);
}

static struct pool *pool_new(const struct exec_setup *setup, size_t threads)
{
    struct pool *pool = must_calloc(1, sizeof(*pool));
    pool->setup = *setup;
    pool->threads = threads;
    pool->yield_steps =
        (uint64_t)params_get_or(setup->params, "yield_steps", 0);
    must(pthread_mutex_init(&pool->mutex, NULL) == 0);
    pool->tasks = mapping_new(tasks_size(pool), false);
    for (size_t i = 0; i < setup->tasks; i++) {
        pool->tasks[i].ex.index = (uint32_t)i;
        push(pool, &pool->tasks[i]);
    }
    for (size_t i = 0; setup->trace && i < threads; i++) {
        struct trace_ring *ring = &setup->trace->rings[i];
        snprintf(ring->name, sizeof(ring->name), "thread %u", (unsigned)i);
    }
    return pool;
}

static void pool_free(struct pool *pool)
{
    if (pool) {
        must(pthread_mutex_destroy(&pool->mutex) == 0);
        mapping_free(pool->tasks, tasks_size(pool));
        free(pool);
    }
}

static int create(const struct exec_setup *setup,
                  int (*create_threads)(const struct exec_setup *setup,
                                        struct exec_run **ret,
                                        struct diag *diag),
                  struct exec_run **ret, struct diag *diag)
{
    size_t threads = thread_pool_places(setup->params, setup->tasks, 0);
    if (threads == setup->tasks) {
        return create_threads(setup, ret, diag);
    }
    struct pool *pool = pool_new(setup, threads);
    struct exec_setup inner = *setup;
    inner.tasks = threads;
    inner.entry = pool_main;
    inner.first_touch = pool_first_touch;
    inner.arg = pool;
    inner.each_thread = threads <= COUNT_EACH;
    int rc = create_threads(&inner, ret, diag);
    if (rc < 0) {
        pool_free(pool);
        return rc;
    }
    (*ret)->owner = pool;
    return 0;
}

int thread_pool_create(const struct exec_setup *setup, struct exec_run **ret,
                       struct diag *diag)
{
    return create(setup, thread_tasks_create, ret, diag);
}

int thread_pool_create_free(const struct exec_setup *setup,
                            struct exec_run **ret, struct diag *diag)
{
    return create(setup, thread_tasks_create_free, ret, diag);
}

int thread_pool_start(struct exec_run *run, struct exec **execs,
                      struct diag *diag)
{
    struct pool *pool = run->owner;
    if (!pool) {
        return thread_tasks_start(run, execs, diag);
    }
    _cleanup_(free_p) struct exec **threads =
        must_calloc(pool->threads, sizeof(*threads));
    for (size_t i = 0; i < pool->setup.tasks; i++) {
        execs[i] = &pool->tasks[i].ex;
    }
    return thread_tasks_start(run, threads, diag);
}

void thread_pool_destroy(struct exec_run *run)
{
    if (run) {
        struct pool *pool = run->owner;
        thread_tasks_destroy(run);
        pool_free(pool);
    }
}

const struct param thread_pool_params[] = {
    {.name = "threads",
     .help = "threads of a pool that makes the tasks' steps; 0: a thread a "
             "task",
     .unit = "threads",
     .def = 0,
     .min = 0,
     .max = 100000},
    WORLD_PARAMS,
    {0},
};
