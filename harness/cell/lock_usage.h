/* SPDX-License-Identifier: MIT */
/* What a model counted at its lock, in all and for each of its threads. */
#pragma once

#include "harness/exec/exec_model.h"
#include "harness/record/repetition.h"

/* Counters of the window: after - before. */
void lock_usage_between(const struct exec_stats *before,
                        const struct exec_stats *after,
                        struct repetition_lock *ret);
/* When all tasks have ended: the spread of waits and holds. */
void lock_usage_spread(const struct exec_stats *stats,
                       struct repetition_lock *ret);

/*
 * Per thread, where the model counts so and for at most REPETITION_THREADS of
 * them: `begin` keeps the counters, `end` turns them into differences,
 * `spread` follows when all tasks have ended.
 */
void lock_usage_threads_begin(const struct exec_model *model,
                              struct exec_run *run, size_t n,
                              struct repetition_thread *ret);
void lock_usage_threads_end(const struct exec_model *model,
                            struct exec_run *run, size_t n,
                            struct repetition_thread *ret);
void lock_usage_threads_spread(const struct exec_model *model,
                               struct exec_run *run, size_t n,
                               struct repetition_thread *ret);
