/* SPDX-License-Identifier: MIT */
#include "harness/cell/usage.h"

#include "harness/base/cleanup.h"
#include "harness/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

void usage_read(struct usage *ret)
{
    struct rusage before;
    struct rusage all;
    struct rusage own;
    /* A switch of this thread between two readings would make the difference
     * wrong, even negative: read again. */
    do {
        getrusage(RUSAGE_THREAD, &before);
        getrusage(RUSAGE_SELF, &all);
        getrusage(RUSAGE_THREAD, &own);
    } while (before.ru_nvcsw != own.ru_nvcsw ||
             before.ru_nivcsw != own.ru_nivcsw);
    ret->voluntary = (uint64_t)(all.ru_nvcsw - own.ru_nvcsw);
    ret->involuntary = (uint64_t)(all.ru_nivcsw - own.ru_nivcsw);
}

uint64_t usage_process_cpu_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ns_of_timespec(ts);
}

uint64_t usage_rss_bytes(void)
{
    _cleanup_(fclose_p) FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;
    if (!file || fscanf(file, "%*u %lu", &pages) != 1) {
        return 0;
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
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

static void read_thread(const struct exec_thread *thread,
                        struct repetition_thread *ret)
{
    char line[128];
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/status", thread->tid);
    ret->pu = thread->pu;
    ret->cpu_s = (double)thread_cpu_ns(thread->tid) / (double)NS_PER_S;
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
