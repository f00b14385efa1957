/* SPDX-License-Identifier: MIT */
/*
 * A plain loop over epoll, as one writes it in C: level-triggered, a state
 * machine a connection, no tasks. The least that a server on readiness can do,
 * and the reference of all echo servers here.
 */
#include "harness/base/cleanup.h"
#include "peers/echo.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENTS = 1024 };

static int watch(struct peer_run *run, int epoll_fd,
                 struct echo_connection *connections, struct diag *diag)
{
    for (size_t i = 0; i < run->work->tasks; i++) {
        struct epoll_event event = {.events = EPOLLIN,
                                    .data.ptr = &connections[i]};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, *connections[i].fd, &event) <
            0) {
            int rc = -errno;
            return diag_set(diag, rc, "epoll_ctl: %s", strerror(-rc));
        }
    }
    return 0;
}

static int serve(struct peer_run *run, int epoll_fd)
{
    static struct epoll_event events[EVENTS];
    int failed = 0;
    for (size_t open = run->work->tasks; open > 0;) {
        int n = epoll_wait(epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            int rc = echo_readable(run, events[i].data.ptr);
            if (rc <= 0) {
                echo_close(events[i].data.ptr);
                open--;
            }
            failed = rc < 0 ? rc : failed;
        }
    }
    return failed;
}

static int epoll_echo(struct peer_run *run, struct diag *diag)
{
    _cleanup_(close_p) int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) {
        int rc = -errno;
        return diag_set(diag, rc, "epoll_create1: %s", strerror(-rc));
    }
    struct echo_connection *connections = echo_connections_new(run, diag);
    if (!connections) {
        return -EAGAIN;
    }
    int rc = watch(run, epoll_fd, connections, diag);
    return rc == 0 && peer_ready(run) ? serve(run, epoll_fd) : rc;
}

const struct peer peer_epoll = {
    .unit = {.name = "epoll",
             .summary = "a plain epoll loop in C, without tasks"},
    .work = {[NATIVE_ECHO] = epoll_echo},
};
