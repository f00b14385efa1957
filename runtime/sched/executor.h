/* SPDX-License-Identifier: MIT */
/*
 * The pool of threads to which an event loop sends what blocks or computes. The
 * first job starts the core threads. Beyond them one is started only when a job
 * comes and none is idle, up to a limit; with a core of one that is what
 * asyncio's default executor does. Jobs belong to the submitting task's stack.
 *
 * At most `max_queued` jobs wait for a thread. Who submits more waits for room
 * itself: its job stands in `waiting`, which only the loop's thread knows.
 *
 * Finished jobs are pushed to `done`. The worker then wakes the loop, if it
 * sleeps, by the eventfd:
 *
 *   word     set by                    cleared by               order
 *   sleeps   the loop, before it       the loop when it is      seq_cst on
 *            looks at `done` for       back, or the worker      both words:
 *            the last time             that writes the          one of the
 *                                      eventfd                  two sees the
 *   done     a worker, before it       the loop: takes all      other
 *            looks at `sleeps`
 *   queued   the loop adds, workers    -                        the loop sees
 *            take, under mutex                                  at least what
 *                                                               there is; to
 *                                                               lingerers it
 *                                                               is a hint
 *
 * A job that comes while a worker lingers goes by the hand (hand.h), past the
 * queue, which is empty then, and comes back by it, past `done`: what was said
 * of `done` goes for the hand's word. The loop puts it into `done` itself where
 * another job wants the hand first.
 */
#pragma once

#include "harness/exec/exec.h"
#include "runtime/sched/guard.h"
#include "runtime/sched/hand.h"
#include "runtime/sched/linger.h"

#include <pthread.h>
#include <stddef.h>

struct executor_job {
    /* Called with the worker's exec, which has safepoints and may be detached
     * and block, but knows no other verb. */
    exec_fn *fn;
    void *arg;
    struct exec *ex; /* who waits for it */
    struct executor_job *next;
    bool cancelled;
};

struct executor_queue {
    struct executor_job *head;
    struct executor_job *tail;
};

struct executor;

struct executor_worker {
    struct exec ex;
    struct executor *executor;
    struct guard *guard;
    pthread_t thread;
    struct lingering linger; /* its thread only, as the next */
    bool has_hand;           /* and a job is in it, or was a moment ago */
};

struct executor_config {
    size_t max_threads;
    size_t core_threads; /* 0 is as 1; no more than max_threads */
    size_t max_queued;   /* > 0 */
    uint64_t linger_ns;  /* of a worker without a job */
    /* The guard of a worker that polls `breaker`; NULL: none has one. */
    struct guard *(*guard)(void *arg, size_t worker, _Atomic uint32_t *breaker);
    void *guard_arg;
};

/* What one side spins on stands apart from what the other writes. */
struct executor {
    struct executor_config config;
    pthread_mutex_t mutex;
    pthread_cond_t work;
    struct executor_queue todo; /* under mutex */
    size_t idle;                /* threads that wait for work, the ones just
                                   signalled included; under mutex */
    size_t lingering;           /* threads that spin for work and have not the
                                   hand; under mutex */
    struct hand hand;
    _Atomic size_t queued; /* jobs in todo; written under mutex */
    _Atomic bool closing;  /* written under mutex */
    char apart_from_loop[CACHELINE];
    _Atomic(struct executor_job *) done;
    _Atomic uint32_t sleeps;
    char apart_from_rest[CACHELINE];

    int done_fd; /* eventfd; the loop's thread only, as all below */
    struct executor_worker *workers;
    size_t n_threads;
    struct executor_job *handed; /* by the hand, and not yet taken back */
    struct executor_queue waiting;
    size_t pending; /* submitted, not yet taken back */
    uint64_t jobs;  /* ever submitted */
};

int executor_init(struct executor *executor,
                  const struct executor_config *config);
/* Only when nothing is pending. */
void executor_deinit(struct executor *executor);

/* Queues `job`; the caller then leaves the task. -EAGAIN: there is no thread
 * and none can be started. */
int executor_submit(struct executor *executor, struct executor_job *job);

/* Takes `job` back if it waits for a thread: then it is done at the next
 * collect, `cancelled`, without having run. False: it is too late. */
bool executor_cancel(struct executor *executor, struct executor_job *job);

/* `job` is done; from any thread: it comes back at the next collect. Who waits
 * for it counts as `pending`. */
void executor_deliver(struct executor *executor, struct executor_job *job);

/* Sets EXEC_STOP for all workers; from any thread. */
void executor_stop(struct executor *executor);

static inline bool executor_has_done(const struct executor *executor)
{
    return atomic_load_explicit(&executor->done, memory_order_seq_cst) ||
           (executor->handed &&
            hand_is_done(&executor->hand, executor->handed));
}

/* Pushes the tasks whose jobs are done to the ring: the one whose job went by
 * the hand, then the others in the order in which they came into `done`. */
void executor_collect(struct executor *executor, struct exec_ring *ring);

/* Around a wait of the loop. False: something is done, so do not sleep. */
bool executor_sleep_begin(struct executor *executor);
void executor_sleep_end(struct executor *executor);
/* The eventfd was ready: makes it unready. */
void executor_woken(struct executor *executor);
