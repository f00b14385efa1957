/* SPDX-License-Identifier: MIT */
/*
 * The pool of threads to which an event loop sends what blocks. A thread is
 * started only when a job comes and none is idle, up to a limit, as asyncio's
 * default executor does. Jobs belong to the submitting task's stack.
 *
 * A finished job goes to the `done` list; the worker that finds the list
 * empty writes the eventfd, which wakes the loop. The loop reads the eventfd
 * BEFORE it takes the list, so a job that arrives in between writes again.
 */
#pragma once

#include "harness/exec/exec.h"

#include <pthread.h>
#include <stddef.h>

struct executor_job {
    void (*fn)(void *);
    void *arg;
    struct exec *ex; /* who waits for it */
    struct executor_job *next;
};

struct executor_queue {
    struct executor_job *head;
    struct executor_job *tail;
};

struct executor {
    pthread_mutex_t mutex;
    pthread_cond_t work;
    struct executor_queue todo; /* under mutex */
    struct executor_queue done; /* under mutex */
    size_t queued;              /* jobs in todo; under mutex */
    size_t idle;                /* threads that wait for work, the ones just
                                   signalled included; under mutex */
    bool closing;               /* under mutex */
    int done_fd;                /* eventfd */
    pthread_t *threads;         /* loop's thread only, as all below */
    size_t n_threads;
    size_t max_threads;
    size_t pending; /* submitted, not yet taken back */
    uint64_t jobs;  /* ever submitted */
};

int executor_init(struct executor *executor, size_t max_threads);
/* Only when nothing is pending. */
void executor_deinit(struct executor *executor);

/* Queues `job`; the caller then leaves the task. -EAGAIN: there is no thread
 * and none can be started. */
int executor_submit(struct executor *executor, struct executor_job *job);

/* Pushes the tasks whose jobs are done to the ring. */
void executor_collect(struct executor *executor, struct exec_ring *ring);
