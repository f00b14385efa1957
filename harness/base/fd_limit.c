/* SPDX-License-Identifier: MIT */
#include "harness/base/fd_limit.h"

#include <errno.h>
#include <sys/resource.h>

/* Standard streams, pollers, wake-ups, pipes of the sanitizers. */
#define FD_SPARE 64

static struct rlimit limit_now(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit;
}

bool fd_limit_fits(size_t n)
{
    struct rlimit limit = limit_now();
    return limit.rlim_max == RLIM_INFINITY || n + FD_SPARE <= limit.rlim_max;
}

int fd_limit_reserve(size_t n, struct diag *diag)
{
    struct rlimit limit = limit_now();
    if (n + FD_SPARE <= limit.rlim_cur) {
        return 0;
    }
    if (!fd_limit_fits(n)) {
        return diag_set(diag, -EMFILE,
                        "needs %zu file descriptors, may open %llu: raise the "
                        "hard limit (ulimit -Hn)",
                        n + FD_SPARE, (unsigned long long)limit.rlim_max);
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return diag_set(diag, -errno, "cannot raise the limit on open files");
    }
    return 0;
}
