/* SPDX-License-Identifier: MIT */
/*
 * A thread a task, or a pool of threads for more tasks than that: the models
 * gil_threads and free_threads, with `threads`.
 *
 * What a task is in a pool: a line of jobs, each of which is one step of it.
 * A task that is not at work stands in the pool's one queue; a thread takes the
 * first, makes one step of it and puts it at the end. So a step that blocks
 * blocks a thread of the pool, and a task whose work is one long job
 * (`main` of a workload) would keep its thread from the others for good: it
 * cannot be run by fewer threads than there are tasks.
 *
 * Each thread has an exec of its own, which the step runs on; it has the
 * number of the task at work. The exec that the controller reads is the
 * task's, and only counts.
 */
#pragma once

#include "harness/exec/exec_model.h"

/* The functions of an exec_model that differ from those of thread_tasks.h. */
int thread_pool_create(const struct exec_setup *setup, struct exec_run **ret,
                       struct diag *diag);
int thread_pool_create_free(const struct exec_setup *setup,
                            struct exec_run **ret, struct diag *diag);
int thread_pool_start(struct exec_run *run, struct exec **execs,
                      struct diag *diag);
void thread_pool_destroy(struct exec_run *run);
size_t thread_pool_places(const struct params *params, size_t tasks,
                          size_t offered);
bool thread_pool_floats(const struct params *params, size_t tasks);
const char *thread_pool_unsupported(const struct exec_question *question);

/* "threads": how many there are. */
extern const struct param thread_pool_params[];
