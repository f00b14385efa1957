/* SPDX-License-Identifier: MIT */
#include "harness/base/limits.h"

#include "harness/base/text_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB (1024.0 * 1024.0)

static bool limited(int resource, uint64_t *ret)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY) {
        return false;
    }
    *ret = limit.rlim_cur;
    return true;
}

bool limits_of_memory(char *text, size_t size)
{
    uint64_t bytes;
    if (limited(RLIMIT_AS, &bytes)) {
        snprintf(text, size,
                 "the address space is limited to %.0f MiB "
                 "(raise it: ulimit -v)",
                 (double)bytes / MIB);
        return true;
    }
    if (limited(RLIMIT_DATA, &bytes)) {
        snprintf(text, size,
                 "the data segment is limited to %.0f MiB (raise "
                 "it: ulimit -d)",
                 (double)bytes / MIB);
        return true;
    }
    return false;
}

int limits_no_memory(int code, const char *what, struct diag *diag)
{
    char limit[128];
    return limits_of_memory(limit, sizeof(limit))
               ? diag_set(diag, code, "no memory for %s: %s", what, limit)
               : diag_set(diag, code, "no memory for %s", what);
}

const char *limits_remedy(int code)
{
    switch (-code) {
    case EMFILE:
        return " (raise it: ulimit -n)";
    case ENFILE:
        return " (raise it: sysctl fs.file-max)";
    case EAGAIN:
        return " (raise it: ulimit -u)";
    default:
        return "";
    }
}

void limits_of_threads(char *text, size_t size)
{
    uint64_t threads;
    int64_t pids = -1;
    if (limits_of_memory(text, size)) {
        return;
    }
    if (geteuid() != 0 && limited(RLIMIT_NPROC, &threads)) {
        snprintf(text, size,
                 "a user may have %llu threads (raise it: ulimit -u), and "
                 "a cgroup as many as its pids.max",
                 (unsigned long long)threads);
        return;
    }
    (void)text_file_number("/proc/sys/kernel/pid_max", &pids);
    snprintf(text, size,
             "this machine has room for %lld threads and processes (raise it: "
             "sysctl kernel.pid_max), and a cgroup for its pids.max",
             (long long)pids);
}

int limits_no_thread(int code, const char *who, struct diag *diag)
{
    char limit[256];
    limits_of_threads(limit, sizeof(limit));
    return diag_set(diag, code, "%s cannot make a thread: %s", who, limit);
}
