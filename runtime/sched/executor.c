/* SPDX-License-Identifier: MIT */
#include "runtime/sched/executor.h"

#include "harness/base/must.h"
#include "harness/topology/binding.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void queue_push(struct executor_queue *queue, struct executor_job *job)
{
    job->next = NULL;
    if (queue->head) {
        queue->tail->next = job;
    } else {
        queue->head = job;
    }
    queue->tail = job;
}

static struct executor_job *queue_pop(struct executor_queue *queue)
{
    struct executor_job *job = queue->head;
    if (job) {
        queue->head = job->next;
    }
    return job;
}

static bool queue_remove(struct executor_queue *queue, struct executor_job *job)
{
    struct executor_job *before = NULL;
    struct executor_job *at = queue->head;
    while (at && at != job) {
        before = at;
        at = at->next;
    }
    if (!at) {
        return false;
    }
    if (before) {
        before->next = job->next;
    } else {
        queue->head = job->next;
    }
    queue->tail = queue->tail == job ? before : queue->tail;
    return true;
}

/* --- what a job may call --- */

static struct executor_worker *worker_of(struct exec *ex)
{
    return container_of(ex, struct executor_worker, ex);
}

static bool worker_safepoint(struct exec *ex)
{
    guard_poll(worker_of(ex)->guard);
    return !exec_stopping(ex);
}

static void worker_yield(struct exec *ex)
{
    guard_leave(worker_of(ex)->guard);
    sched_yield();
    guard_enter(worker_of(ex)->guard);
}

static void worker_detached(struct exec *ex, void (*fn)(void *), void *arg)
{
    guard_leave(worker_of(ex)->guard);
    fn(arg);
    guard_enter(worker_of(ex)->guard);
}

static void worker_blocking(struct exec *ex, void (*fn)(void *), void *arg,
                            enum exec_via via)
{
    (void)via;
    worker_detached(ex, fn, arg);
}

static const struct exec_ops worker_ops = {.safepoint = worker_safepoint,
                                           .yield = worker_yield,
                                           .blocking = worker_blocking,
                                           .detached = worker_detached};

/* --- life --- */

int executor_init(struct executor *executor,
                  const struct executor_config *config)
{
    *executor = (struct executor){.config = *config};
    executor->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (executor->done_fd < 0) {
        return -errno;
    }
    size_t size = config->max_threads * sizeof(*executor->workers);
    executor->workers =
        must_aligned_alloc(_Alignof(struct executor_worker), size);
    memset(executor->workers, 0, size);
    must(pthread_mutex_init(&executor->mutex, NULL) == 0);
    must(pthread_cond_init(&executor->work, NULL) == 0);
    return 0;
}

void executor_deinit(struct executor *executor)
{
    if (!executor->workers) {
        return;
    }
    must(pthread_mutex_lock(&executor->mutex) == 0);
    atomic_store_explicit(&executor->closing, true, memory_order_relaxed);
    must(pthread_cond_broadcast(&executor->work) == 0);
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    for (size_t i = 0; i < executor->n_threads; i++) {
        must(pthread_join(executor->workers[i].thread, NULL) == 0);
    }
    must(pthread_mutex_destroy(&executor->mutex) == 0);
    must(pthread_cond_destroy(&executor->work) == 0);
    free(executor->workers);
    close(executor->done_fd);
}

void executor_stop(struct executor *executor)
{
    for (size_t i = 0; i < executor->config.max_threads; i++) {
        atomic_fetch_or_explicit(&executor->workers[i].ex.breaker, EXEC_STOP,
                                 memory_order_relaxed);
    }
}

/* --- a worker --- */

/* Something is done: who sleeps is woken once. */
static void wake_loop(struct executor *executor)
{
    if (atomic_load_explicit(&executor->sleeps, memory_order_seq_cst) &&
        atomic_exchange_explicit(&executor->sleeps, 0, memory_order_relaxed)) {
        must(eventfd_write(executor->done_fd, 1) == 0);
    }
}

void executor_deliver(struct executor *executor, struct executor_job *job)
{
    struct executor_job *head =
        atomic_load_explicit(&executor->done, memory_order_relaxed);
    do {
        /* It is NULL already for most; a store would take the line of its
         * task from the loop's PU. */
        if (job->next != head) {
            job->next = head;
        }
    } while (!atomic_compare_exchange_weak_explicit(&executor->done, &head, job,
                                                    memory_order_seq_cst,
                                                    memory_order_relaxed));
    wake_loop(executor);
}

static bool has_work(struct executor *executor)
{
    return atomic_load_explicit(&executor->queued, memory_order_relaxed) > 0 ||
           atomic_load_explicit(&executor->closing, memory_order_relaxed);
}

/* To who has not the hand, a job in it is none. */
static bool sees_work(struct executor *executor, bool opened)
{
    return has_work(executor) || (opened && hand_has_job(&executor->hand));
}

/* Spins until there is work, or it has been long enough. */
static void look_on(struct executor_worker *worker, bool opened)
{
    struct executor *executor = worker->executor;
    uint64_t end_ns = clock_now_ns() + worker->linger.ns;
    bool found;
    do {
        for (int i = 0; i < 16 && !sees_work(executor, opened); i++) {
            linger_pause();
        }
        found = sees_work(executor, opened);
    } while (!found && clock_now_ns() < end_ns);
    linger_ended(&worker->linger, found);
}

/* Somebody else has the hand. */
static void look_on_queue(struct executor_worker *worker)
{
    struct executor *executor = worker->executor;
    must(pthread_mutex_lock(&executor->mutex) == 0);
    executor->lingering++;
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    look_on(worker, false);
    must(pthread_mutex_lock(&executor->mutex) == 0);
    executor->lingering--;
    must(pthread_mutex_unlock(&executor->mutex) == 0);
}

/* Lingers for a job that comes by the hand. False: look at the queue. The job
 * that was in the hand, if there was one, is done. */
static bool job_is_handed(struct executor_worker *worker)
{
    struct executor *executor = worker->executor;
    struct hand *hand = &executor->hand;
    bool had = worker->has_hand;
    bool lingers = !has_work(executor) && linger_tries(&worker->linger);
    bool opened = lingers && (had || hand_take(hand));
    if (had && lingers) {
        hand_open(hand);
    } else if (had) {
        hand_close(hand);
    }
    if (had) {
        wake_loop(executor);
    }
    if (opened) {
        look_on(worker, true);
    } else if (lingers) {
        look_on_queue(worker);
    }
    worker->has_hand = opened && hand_wait_ends(hand);
    return worker->has_hand;
}

/* The next job of the queue, or NULL when there will be none. */
static struct executor_job *queued_job(struct executor *executor)
{
    struct executor_job *job;
    must(pthread_mutex_lock(&executor->mutex) == 0);
    while (!(job = queue_pop(&executor->todo)) && !executor->closing) {
        executor->idle++;
        must(pthread_cond_wait(&executor->work, &executor->mutex) == 0);
        executor->idle--;
    }
    if (job) {
        atomic_fetch_sub_explicit(&executor->queued, 1, memory_order_relaxed);
    }
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    return job;
}

static void run_job(struct executor_worker *worker, exec_fn *fn, void *arg)
{
    guard_enter(worker->guard);
    fn(&worker->ex, arg);
    guard_leave(worker->guard);
}

/* The pool runs wherever the process may: a pool is not placed. */
static void *worker_main(void *arg)
{
    struct executor_worker *worker = arg;
    struct executor *executor = worker->executor;
    struct executor_job *job;
    binding_unbind(NULL);
    while ((job = queued_job(executor))) {
        run_job(worker, job->fn, job->arg);
        executor_deliver(executor, job);
        while (job_is_handed(worker)) {
            run_job(worker, executor->hand.fn, executor->hand.arg);
        }
    }
    guard_enter(worker->guard);
    guard_end(worker->guard);
    return NULL;
}

/* --- the loop's side --- */

/* Fewer threads than wanted are no error as long as there is one. */
static int grow(struct executor *executor)
{
    const struct executor_config *config = &executor->config;
    size_t i = executor->n_threads;
    struct executor_worker *worker = &executor->workers[i];
    worker->executor = executor;
    worker->ex.ops = &worker_ops;
    worker->linger.ns = config->linger_ns;
    if (config->guard && !worker->guard) {
        worker->guard =
            config->guard(config->guard_arg, i, &worker->ex.breaker);
    }
    int rc = pthread_create(&worker->thread, NULL, worker_main, worker);
    if (rc == 0) {
        executor->n_threads++;
    }
    return executor->n_threads > 0 ? 0 : -rc;
}

/* The core, or one more. */
static int start(struct executor *executor)
{
    const struct executor_config *config = &executor->config;
    size_t core = config->core_threads < config->max_threads
                      ? config->core_threads
                      : config->max_threads;
    int rc = grow(executor);
    for (size_t left = core; rc == 0 && executor->n_threads < core && left > 0;
         left--) {
        rc = grow(executor);
    }
    return rc;
}

static int queue_job(struct executor *executor, struct executor_job *job)
{
    must(pthread_mutex_lock(&executor->mutex) == 0);
    queue_push(&executor->todo, job);
    size_t queued =
        atomic_fetch_add_explicit(&executor->queued, 1, memory_order_relaxed) +
        1;
    bool asleep = executor->idle > 0 && queued > executor->lingering;
    bool nobody = executor->idle + executor->lingering < queued;
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    if (asleep) {
        must(pthread_cond_signal(&executor->work) == 0);
    }
    if (nobody && executor->n_threads < executor->config.max_threads) {
        return start(executor);
    }
    return 0;
}

/* The short way, past a queue that is empty; one job at a time. One that is
 * done, and that the loop has not taken back, makes room. */
static bool hand_job(struct executor *executor, struct executor_job *job)
{
    if (executor->handed && hand_is_done(&executor->hand, executor->handed)) {
        executor_deliver(executor, executor->handed);
        executor->handed = NULL;
    }
    bool given =
        !executor->handed &&
        atomic_load_explicit(&executor->queued, memory_order_relaxed) == 0 &&
        hand_give(&executor->hand, job, job->fn, job->arg);
    executor->handed = given ? job : executor->handed;
    return given;
}

static bool has_room(struct executor *executor)
{
    return atomic_load_explicit(&executor->queued, memory_order_relaxed) <
           executor->config.max_queued;
}

int executor_submit(struct executor *executor, struct executor_job *job)
{
    job->cancelled = false;
    job->next = NULL;
    if (executor->waiting.head || !has_room(executor)) {
        queue_push(&executor->waiting, job);
    } else if (!hand_job(executor, job) && queue_job(executor, job) < 0) {
        /* No thread at all, so the queue holds just this job. */
        executor->todo = (struct executor_queue){0};
        atomic_store_explicit(&executor->queued, 0, memory_order_relaxed);
        return -EAGAIN;
    }
    executor->pending++;
    executor->jobs++;
    return 0;
}

bool executor_cancel(struct executor *executor, struct executor_job *job)
{
    bool found = queue_remove(&executor->waiting, job);
    if (!found) {
        must(pthread_mutex_lock(&executor->mutex) == 0);
        found = queue_remove(&executor->todo, job);
        if (found) {
            atomic_fetch_sub_explicit(&executor->queued, 1,
                                      memory_order_relaxed);
        }
        must(pthread_mutex_unlock(&executor->mutex) == 0);
    }
    if (found) {
        job->cancelled = true;
        executor_deliver(executor, job);
    }
    return found;
}

/* Those who wait for room, as far as there is some. A job that is queued finds
 * a thread: one has just finished another. */
static void admit(struct executor *executor)
{
    while (executor->waiting.head && has_room(executor)) {
        must(queue_job(executor, queue_pop(&executor->waiting)) == 0);
    }
}

/* Pushed last, `done` begins with the newest. */
static struct executor_job *reversed(struct executor_job *job)
{
    struct executor_job *first = NULL;
    while (job) {
        struct executor_job *next = job->next;
        job->next = first;
        first = job;
        job = next;
    }
    return first;
}

/* The job is gone once its task runs. */
static void take_back(struct executor *executor, struct executor_job *job,
                      struct exec_ring *ring)
{
    executor->pending--;
    exec_ring_push(ring, job->ex);
}

void executor_collect(struct executor *executor, struct exec_ring *ring)
{
    struct executor_job *job = executor->handed;
    if (job && hand_is_done(&executor->hand, job)) {
        executor->handed = NULL;
        take_back(executor, job, ring);
    }
    /* An exchange would take the line from the workers for nothing. */
    job = atomic_load_explicit(&executor->done, memory_order_relaxed)
              ? reversed(atomic_exchange_explicit(&executor->done, NULL,
                                                  memory_order_acquire))
              : NULL;
    while (job) {
        struct executor_job *next = job->next;
        take_back(executor, job, ring);
        job = next;
    }
    admit(executor);
}

bool executor_sleep_begin(struct executor *executor)
{
    if (executor->pending == 0) {
        return true;
    }
    atomic_store_explicit(&executor->sleeps, 1, memory_order_seq_cst);
    return !executor_has_done(executor);
}

void executor_sleep_end(struct executor *executor)
{
    atomic_store_explicit(&executor->sleeps, 0, memory_order_relaxed);
}

void executor_woken(struct executor *executor)
{
    eventfd_t count;
    eventfd_read(executor->done_fd, &count);
}
