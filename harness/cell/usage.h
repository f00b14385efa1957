/* SPDX-License-Identifier: MIT */
/* What the kernel counted for this process and its threads. */
#pragma once

#include "harness/exec/exec_model.h"
#include "harness/record/repetition.h"

#include <stdbool.h>
#include <stdint.h>

uint64_t usage_process_cpu_ns(void);
/* Of other processes: of their whole life so far. */
uint64_t usage_workers_cpu_ns(const pid_t *pids, size_t n);

/* Memory of this process and of its workers. */
struct usage_memory {
    /* Without workers the resident set; with them the sum of all proportional
     * sets, in which a page that k processes share counts as k k-ths. 0: the
     * kernel does not tell. */
    uint64_t bytes;
    uint64_t own_bytes; /* of pages that nobody shares; only with workers */
    size_t processes;   /* 0: there can be no workers */
};
void usage_memory(bool has_workers, const pid_t *pids, size_t n,
                  struct usage_memory *ret);

/* Per thread, for at most REPETITION_THREADS of them: `begin` keeps the
 * counters, `end` turns them into differences. */
void usage_threads_begin(const struct exec_thread *threads, size_t n,
                         struct repetition_thread *ret);
void usage_threads_end(const struct exec_thread *threads, size_t n,
                       struct repetition_thread *ret);
