/* SPDX-License-Identifier: MIT */
/*
 * A thread a task: the machinery that gil_threads, gil_per_interpreter and
 * free_threads share. The only difference between them is how many locks there
 * are: one for all tasks, one for each group of them, or none. A task holds
 * its lock while it runs; every verb leaves it around a call that blocks.
 *
 * Without a lock, leaving and entering is one predicted branch beside a
 * system call.
 */
#pragma once

#include "harness/exec/exec_model.h"

/* The functions of an exec_model; `create` makes a run with the lock that the
 * setup names, `create_free` one without, `create_groups` one with so many of
 * them: task i has the lock number i mod `groups`. */
int thread_tasks_create(const struct exec_setup *setup, struct exec_run **ret,
                        struct diag *diag);
int thread_tasks_create_free(const struct exec_setup *setup,
                             struct exec_run **ret, struct diag *diag);
int thread_tasks_create_groups(const struct exec_setup *setup, size_t groups,
                               struct exec_run **ret, struct diag *diag);
int thread_tasks_start(struct exec_run *run, struct exec **execs,
                       struct diag *diag);
bool thread_tasks_excludes(const struct exec_question *question);
void thread_tasks_go(struct exec_run *run);
void thread_tasks_stop(struct exec_run *run);
void thread_tasks_join(struct exec_run *run);
void thread_tasks_stats(struct exec_run *run, struct exec_stats *ret);
bool thread_tasks_thread_lock(struct exec_run *run, size_t thread,
                              struct exec_thread_lock *ret);
size_t thread_tasks_threads(struct exec_run *run,
                            const struct exec_thread **ret);
void thread_tasks_destroy(struct exec_run *run);
