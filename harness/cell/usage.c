/* SPDX-License-Identifier: MIT */
#include "harness/cell/usage.h"

#include "harness/base/cleanup.h"
#include "harness/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t usage_process_cpu_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ns_of_timespec(ts);
}

/* The CPU clock of another process, as clock_getcpuclockid() makes it. */
static uint64_t process_cpu_ns(pid_t pid)
{
    clockid_t clock;
    struct timespec ts;
    return clock_getcpuclockid(pid, &clock) == 0 &&
                   clock_gettime(clock, &ts) == 0
               ? ns_of_timespec(ts)
               : 0;
}

uint64_t usage_workers_cpu_ns(const pid_t *pids, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += process_cpu_ns(pids[i]);
    }
    return sum;
}

static uint64_t rss_bytes(void)
{
    _cleanup_(fclose_p) FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;
    if (!file || fscanf(file, "%*u %lu", &pages) != 1) {
        return 0;
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Adds a process's proportional set and what is its alone. */
static void add_sets(pid_t pid, struct usage_memory *ret)
{
    char line[128];
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
    _cleanup_(fclose_p) FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        unsigned long long kib;
        if (sscanf(line, "Pss: %llu", &kib) == 1) {
            ret->bytes += kib * 1024;
        } else if (sscanf(line, "Private_Clean: %llu", &kib) == 1 ||
                   sscanf(line, "Private_Dirty: %llu", &kib) == 1) {
            ret->own_bytes += kib * 1024;
        }
    }
}

void usage_memory(bool has_workers, const pid_t *pids, size_t n,
                  struct usage_memory *ret)
{
    *ret = (struct usage_memory){0};
    if (!has_workers) {
        ret->bytes = rss_bytes();
        return;
    }
    ret->processes = 1 + n;
    add_sets(getpid(), ret);
    for (size_t i = 0; i < n; i++) {
        add_sets(pids[i], ret);
    }
}

/* The CPU clock of a thread of this process, as the kernel encodes it (what
 * pthread_getcpuclockid() computes from a pthread_t). */
static uint64_t thread_cpu_ns(pid_t tid)
{
    enum { PER_THREAD = 4, SCHED_CLOCK = 2 };
    clockid_t clock =
        (clockid_t)((~(unsigned)tid << 3) | PER_THREAD | SCHED_CLOCK);
    struct timespec ts;
    return clock_gettime(clock, &ts) == 0 ? ns_of_timespec(ts) : 0;
}

/* The same of a thread of another process, whose clock nobody else may read;
 * it is a tick late while the thread runs. */
static uint64_t foreign_cpu_ns(pid_t tid)
{
    char path[64];
    unsigned long long ns = 0;
    snprintf(path, sizeof(path), "/proc/%d/schedstat", tid);
    _cleanup_(fclose_p) FILE *file = fopen(path, "re");
    return file && fscanf(file, "%llu", &ns) == 1 ? ns : 0;
}

static void read_thread(const struct exec_thread *thread,
                        struct repetition_thread *ret)
{
    char line[128];
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/status", thread->tid);
    ret->pu = thread->pu;
    uint64_t cpu_ns = thread->process ? foreign_cpu_ns(thread->tid)
                                      : thread_cpu_ns(thread->tid);
    ret->cpu_s = (double)cpu_ns / (double)NS_PER_S;
    _cleanup_(fclose_p) FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        unsigned long long n;
        if (sscanf(line, "voluntary_ctxt_switches: %llu", &n) == 1) {
            ret->voluntary = n;
        } else if (sscanf(line, "nonvoluntary_ctxt_switches: %llu", &n) == 1) {
            ret->involuntary = n;
        }
    }
}

void usage_threads_begin(const struct exec_thread *threads, size_t n,
                         struct repetition_thread *ret)
{
    for (size_t i = 0; i < n && n <= REPETITION_THREADS; i++) {
        read_thread(&threads[i], &ret[i]);
    }
}

void usage_threads_end(const struct exec_thread *threads, size_t n,
                       struct repetition_thread *ret)
{
    for (size_t i = 0; i < n && n <= REPETITION_THREADS; i++) {
        struct repetition_thread now = ret[i];
        read_thread(&threads[i], &now);
        if (now.cpu_s < ret[i].cpu_s) { /* it has ended: not known any more */
            now = ret[i];
        }
        ret[i].cpu_s = now.cpu_s - ret[i].cpu_s;
        ret[i].voluntary = now.voluntary - ret[i].voluntary;
        ret[i].involuntary = now.involuntary - ret[i].involuntary;
    }
}
