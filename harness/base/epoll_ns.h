/* SPDX-License-Identifier: MIT */
#pragma once

#include "harness/base/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/epoll.h>

/* epoll_wait() with a timeout in nanoseconds; UINT64_MAX: for ever. Where the
 * kernel (before Linux 5.11) or a policy has no epoll_pwait2(), it is rounded
 * up to milliseconds. */
static inline int epoll_wait_ns(int fd, struct epoll_event *events, int room,
                                uint64_t timeout_ns)
{
    if (timeout_ns == 0 || timeout_ns == UINT64_MAX) {
        return epoll_wait(fd, events, room, timeout_ns ? -1 : 0);
    }
    const struct timespec timeout = timespec_of_ns(timeout_ns);
    int n = epoll_pwait2(fd, events, room, &timeout, NULL);
    if (n < 0 && (errno == ENOSYS || errno == EPERM)) {
        uint64_t ms = (timeout_ns - 1) / NS_PER_MS + 1;
        n = epoll_wait(fd, events, room, ms < INT_MAX ? (int)ms : INT_MAX);
    }
    return n;
}
