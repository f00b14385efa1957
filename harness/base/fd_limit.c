/* SPDX-License-Identifier: MIT */
#include "harness/base/fd_limit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

/* Standard streams, pollers, wake-ups, pipes of the sanitizers. */
#define FD_SPARE 64

static struct rlimit limit_now(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit;
}

const char *fd_limit_lacks(size_t n)
{
    static char text[160];
    struct rlimit limit = limit_now();
    if (limit.rlim_max == RLIM_INFINITY || n + FD_SPARE <= limit.rlim_max) {
        return NULL;
    }
    snprintf(text, sizeof(text),
             "needs %zu file descriptors, may open %llu: raise the hard limit "
             "(ulimit -Hn, LimitNOFILE= of systemd, docker --ulimit nofile=)",
             n + FD_SPARE, (unsigned long long)limit.rlim_max);
    return text;
}

int fd_limit_reserve(size_t n, struct diag *diag)
{
    struct rlimit limit = limit_now();
    if (n + FD_SPARE <= limit.rlim_cur) {
        return 0;
    }
    const char *lacks = fd_limit_lacks(n);
    if (lacks) {
        return diag_set(diag, -EMFILE, "%s", lacks);
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return diag_set(diag, -errno, "cannot raise the limit on open files");
    }
    return 0;
}
