/* SPDX-License-Identifier: MIT */
/*
 * The floor of a hand-over between threads: both sides spin on a word and
 * nobody sleeps. It takes two PUs for themselves, which no program can promise.
 *
 *   word     set by        cleared by   seen stale?
 *   turn     the loop: to the number of the job; the worker: to 0 when the job
 *            is done; QUIT by the loop at the end. Release and acquire pair.
 */
#include "peers/peer.h"

#include "harness/base/cacheline.h"
#include "harness/base/limits.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#define QUIT SIZE_MAX

/* Spins between two looks at whether the other one may be waiting for this
 * PU: with one PU for both, spinning alone would take a whole time slice. */
enum { PATIENCE = 20000 };

struct mailbox {
    _Alignas(CACHELINE_PAIR) _Atomic size_t turn; /* task + 1; 0: nothing */
    struct peer_run *run;
};

static size_t wait_for(_Atomic size_t *turn, bool something)
{
    for (unsigned spins = 1;; spins++) {
        size_t now = atomic_load_explicit(turn, memory_order_acquire);
        if ((now != 0) == something) {
            return now;
        }
        if (spins % PATIENCE == 0) {
            sched_yield();
        }
    }
}

static void *worker(void *arg)
{
    struct mailbox *box = arg;
    struct exec here = {.breaker = 0};
    size_t turn;
    while ((turn = wait_for(&box->turn, true)) != QUIT) {
        box->run->work->job(&here, box->run->work->run, turn - 1);
        atomic_store_explicit(&box->turn, 0, memory_order_release);
    }
    return NULL;
}

/* The tasks in turn, until all have found the run over. */
static void offload(struct mailbox *box, struct exec *execs, size_t n)
{
    bool any = true;
    while (any) {
        any = false;
        for (size_t i = 0; i < n; i++) {
            if (exec_safepoint(&execs[i])) {
                any = true;
                atomic_store_explicit(&box->turn, i + 1, memory_order_release);
                wait_for(&box->turn, false);
                exec_progress(&execs[i], exec_steps(&execs[i]) + 1);
            }
        }
    }
}

static int spin_offload(struct peer_run *run, struct diag *diag)
{
    struct mailbox box = {.run = run};
    struct exec *execs = peer_tasks_new(run);
    pthread_t thread;
    int rc = peer_unbind(run, diag);
    if (rc < 0 || !execs) {
        return rc < 0 ? rc : limits_no_memory(-ENOMEM, "the tasks", diag);
    }
    rc = -pthread_create(&thread, NULL, worker, &box);
    if (rc < 0) {
        return diag_set(diag, rc, "cannot start a thread: %s", strerror(-rc));
    }
    rc = peer_bind(run, diag);
    if (rc == 0 && peer_ready(run)) {
        offload(&box, execs, run->work->tasks);
    }
    atomic_store_explicit(&box.turn, QUIT, memory_order_release);
    pthread_join(thread, NULL);
    return rc;
}

const struct peer peer_spin = {
    .unit = {.name = "spin",
             .summary = "two threads that spin for each other: the bare "
                        "hand-over, in which nobody sleeps"},
    .work = {[NATIVE_OFFLOAD] = spin_offload},
};
