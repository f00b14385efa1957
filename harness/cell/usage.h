/* SPDX-License-Identifier: MIT */
/* What the kernel counted for this process and its threads. */
#pragma once

#include "harness/exec/exec_model.h"
#include "harness/record/repetition.h"

#include <stdint.h>

/* Context switches of all threads but the calling one. */
struct usage {
    uint64_t voluntary;
    uint64_t involuntary;
};

void usage_read(struct usage *ret);
uint64_t usage_process_cpu_ns(void);
uint64_t usage_rss_bytes(void); /* 0: the kernel does not tell */

/* Per thread, for at most REPETITION_THREADS of them: `begin` keeps the
 * counters, `end` turns them into differences. */
void usage_threads_begin(const struct exec_thread *threads, size_t n,
                         struct repetition_thread *ret);
void usage_threads_end(const struct exec_thread *threads, size_t n,
                       struct repetition_thread *ret);
