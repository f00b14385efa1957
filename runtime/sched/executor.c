/* SPDX-License-Identifier: MIT */
#include "runtime/sched/executor.h"

#include "harness/base/must.h"
#include "harness/topology/binding.h"

#include <errno.h>
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

int executor_init(struct executor *executor, size_t max_threads)
{
    *executor = (struct executor){.max_threads = max_threads};
    executor->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (executor->done_fd < 0) {
        return -errno;
    }
    executor->threads = must_calloc(max_threads, sizeof(*executor->threads));
    must(pthread_mutex_init(&executor->mutex, NULL) == 0);
    must(pthread_cond_init(&executor->work, NULL) == 0);
    return 0;
}

void executor_deinit(struct executor *executor)
{
    must(pthread_mutex_lock(&executor->mutex) == 0);
    executor->closing = true;
    must(pthread_cond_broadcast(&executor->work) == 0);
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    for (size_t i = 0; i < executor->n_threads; i++) {
        must(pthread_join(executor->threads[i], NULL) == 0);
    }
    must(pthread_mutex_destroy(&executor->mutex) == 0);
    must(pthread_cond_destroy(&executor->work) == 0);
    free(executor->threads);
    close(executor->done_fd);
}

static void finish(struct executor *executor, struct executor_job *job)
{
    bool was_empty = executor->done.head == NULL;
    queue_push(&executor->done, job);
    if (was_empty) {
        must(eventfd_write(executor->done_fd, 1) == 0);
    }
}

/* The pool runs wherever the process may: a pool is not placed. */
static void *worker(void *arg)
{
    struct executor *executor = arg;
    binding_unbind(NULL);
    must(pthread_mutex_lock(&executor->mutex) == 0);
    for (;;) {
        struct executor_job *job = queue_pop(&executor->todo);
        if (job) {
            executor->queued--;
            must(pthread_mutex_unlock(&executor->mutex) == 0);
            job->fn(job->arg);
            must(pthread_mutex_lock(&executor->mutex) == 0);
            finish(executor, job);
        } else if (executor->closing) {
            break;
        } else {
            executor->idle++;
            must(pthread_cond_wait(&executor->work, &executor->mutex) == 0);
            executor->idle--;
        }
    }
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    return NULL;
}

/* Fewer threads than wanted are no error as long as there is one. */
static int grow(struct executor *executor)
{
    int rc = pthread_create(&executor->threads[executor->n_threads], NULL,
                            worker, executor);
    if (rc == 0) {
        executor->n_threads++;
    }
    return executor->n_threads > 0 ? 0 : -rc;
}

int executor_submit(struct executor *executor, struct executor_job *job)
{
    must(pthread_mutex_lock(&executor->mutex) == 0);
    queue_push(&executor->todo, job);
    executor->queued++;
    bool nobody = executor->idle < executor->queued;
    must(pthread_cond_signal(&executor->work) == 0);
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    int rc = 0;
    if (nobody && executor->n_threads < executor->max_threads) {
        rc = grow(executor);
    }
    if (rc < 0) { /* no thread at all, so the queue holds just this job */
        executor->todo = (struct executor_queue){0};
        executor->queued = 0;
        return rc;
    }
    executor->pending++;
    executor->jobs++;
    return 0;
}

void executor_collect(struct executor *executor, struct exec_ring *ring)
{
    eventfd_t count;
    eventfd_read(executor->done_fd, &count);
    must(pthread_mutex_lock(&executor->mutex) == 0);
    struct executor_queue done = executor->done;
    executor->done = (struct executor_queue){0};
    must(pthread_mutex_unlock(&executor->mutex) == 0);
    struct executor_job *job;
    while ((job = queue_pop(&done))) {
        struct exec *ex = job->ex; /* the job is gone once the task runs */
        executor->pending--;
        exec_ring_push(ring, ex);
    }
}
