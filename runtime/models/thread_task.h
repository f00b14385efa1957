/* SPDX-License-Identifier: MIT */
/* What thread_tasks.c (life) and thread_verbs.c (verbs) both know. */
#pragma once

#include "runtime/models/gil.h"
#include "runtime/sync/world.h"

#include <pthread.h>

/* Threads with one lock, or without one: an interpreter. */
struct thread_group {
    struct gil gil;

    /* Children that have been joined; kept, because a lock_waiter's memory is
     * type-stable while the lock lives. */
    pthread_mutex_t child_mutex;
    struct thread_task *free_children;
    struct exec_lock_stats child_stats;
};

struct thread_task {
    struct exec ex; /* first: an exec is a thread_task */
    struct gil_user user;
    struct gil *gil; /* NULL: there is no lock */
    struct thread_group *group;
    struct exec_run *run;
    struct world *world; /* NULL: nobody stops it */
    struct world_member member;
    pthread_t thread;
    size_t slot; /* in run->threads; children have none */
    exec_fn *fn; /* children only */
    void *arg;
    struct thread_task *next_free; /* children only */
};

struct exec_run {
    struct exec_setup setup;
    void *owner; /* what the model has beside it */
    bool has_gil;
    bool shared; /* the groups are processes, and all this is in shared memory:
                    each has its lock and children to itself */
    struct thread_group *groups; /* task i is in groups[i % n_groups] */
    size_t n_groups;
    struct thread_task *tasks;
    struct exec_thread *threads;
    struct hist *task_hists;  /* of latencies, by task */
    struct hist *group_hists; /* of waits and holds of each group, or NULL */
    struct hist *lock_hists;  /* of waits and holds of each task, or NULL */
    size_t started;
    struct world *world; /* NULL: nobody stops it */

    /* The gate: threads report ready, the controller opens it. A condition
     * for each side, else each thread that gets ready wakes all before it. */
    pthread_mutex_t gate_mutex;
    pthread_cond_t ready_cond;
    pthread_cond_t gate_cond;
    size_t ready;
    bool open;
    bool called_off;
    int error; /* first failure of a thread on its way to the gate */
    struct diag diag;

    pthread_mutex_t trace_mutex; /* for rings of children */
};

extern const struct exec_ops thread_ops;

int thread_create(pthread_t *ret, void *(*fn)(void *), void *arg);

/* A run without its locks. `shared`: see struct exec_run. */
struct exec_run *thread_run_new(const struct exec_setup *setup, size_t n_groups,
                                bool has_gil, bool shared);
/* The lock of a group; in its own process, where the groups are processes. */
int thread_run_make_lock(struct exec_run *run, size_t group, struct diag *diag);
/* Once all tasks have ended: the first group's histograms become those of
 * all groups. */
void thread_run_merge(struct exec_run *run);
void thread_run_free(struct exec_run *run);

/* The gate. `n` tasks are ready, or cannot be for the reason given. */
void thread_gate_ready(struct exec_run *run, size_t n, int error,
                       const struct diag *diag);
/* Waits until it is open. False: the start was called off. */
bool thread_gate_pass(struct exec_run *run);
void thread_gate_open(struct exec_run *run, bool called_off);
/* Waits until `n` tasks have reported, at most `limit_ns` (0: for ever);
 * -ETIMEDOUT: not all have. Else 0 or the first reason why not. */
int thread_gate_await(struct exec_run *run, size_t n, uint64_t limit_ns,
                      struct diag *diag);

/* Makes task `i` and its thread, which goes to the gate. */
int thread_task_start(struct exec_run *run, size_t i);

static inline struct thread_task *thread_task_of(struct exec *ex)
{
    return (struct thread_task *)ex;
}

static inline void thread_enter(struct thread_task *task)
{
    if (task->gil) {
        gil_acquire(task->gil, &task->user);
    }
    if (task->world) {
        world_attach(task->world, &task->member);
    }
}

/* thread_enter() for the first time, on the thread itself. */
static inline void thread_begin(struct thread_task *task)
{
    if (task->world) {
        world_join(task->world, &task->member, &task->ex);
    }
    thread_enter(task);
}

/* thread_leave() for good: the thread ends. */
static inline void thread_end(struct thread_task *task)
{
    if (task->world) {
        world_detach(task->world, &task->member);
        world_leave(task->world, &task->member);
    }
    if (task->gil) {
        gil_finish(task->gil, &task->user);
    }
}

static inline void thread_leave(struct thread_task *task)
{
    if (task->world) {
        world_detach(task->world, &task->member);
    }
    if (task->gil) {
        gil_release(task->gil, &task->user);
    }
}
