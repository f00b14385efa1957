/* SPDX-License-Identifier: MIT */
/*
 * A thread a task: the machinery that gil_threads and free_threads share.
 * The only difference between the two is whether there is a lock to hold
 * while a task runs; every verb below leaves it around a call that blocks.
 *
 * Without a lock, leaving and entering is one predicted branch beside a
 * system call.
 */
#pragma once

#include "harness/exec/exec_model.h"

/* The functions of an exec_model; `create` makes a run with the lock that the
 * setup names, `create_free` one without. */
int thread_tasks_create(const struct exec_setup *setup, struct exec_run **ret,
                        struct diag *diag);
int thread_tasks_create_free(const struct exec_setup *setup,
                             struct exec_run **ret, struct diag *diag);
int thread_tasks_start(struct exec_run *run, struct exec **execs,
                       struct diag *diag);
void thread_tasks_go(struct exec_run *run);
void thread_tasks_stop(struct exec_run *run);
void thread_tasks_join(struct exec_run *run);
void thread_tasks_stats(struct exec_run *run, struct exec_stats *ret);
bool thread_tasks_thread_lock(struct exec_run *run, size_t thread,
                              struct exec_thread_lock *ret);
size_t thread_tasks_threads(struct exec_run *run,
                            const struct exec_thread **ret);
void thread_tasks_destroy(struct exec_run *run);
