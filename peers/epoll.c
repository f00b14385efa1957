/* SPDX-License-Identifier: MIT */
/*
 * A plain loop over epoll, as one writes it in C: level-triggered, a state
 * machine a connection, no tasks. The bare work of a server on readiness, and
 * the reference of all echo servers here. Its sleepers are an array, so it
 * is for few of them: what is left is the kernel's waiting.
 */
#include "harness/base/cleanup.h"
#include "harness/base/epoll_ns.h"
#include "harness/base/must.h"
#include "peers/echo.h"
#include "peers/timing.h"

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

static struct timing timing;
static int timing_fd;

/* The array of deadlines is all there is. */
static void set(void *timer, uint64_t ns)
{
    (void)timer;
    (void)ns;
}

static void update(void)
{
}

static uint64_t first_deadline(void)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < timing.run->work->tasks; i++) {
        uint64_t own = timing.deadlines_ns[i];
        first = own < first ? own : first;
    }
    return first;
}

static void turn(bool wait);

static const struct timing_library library = {
    .set = set, .cancel = NULL, .update = update, .turn = turn};

static void turn(bool wait)
{
    uint64_t first_ns = first_deadline(), now_ns = clock_now_ns();
    uint64_t rest_ns = wait && first_ns > now_ns ? first_ns - now_ns : 0;
    struct epoll_event event;
    int n = epoll_wait_ns(timing_fd, &event, 1, rest_ns);
    must(n >= 0 || errno == EINTR);
    now_ns = clock_now_ns();
    for (size_t i = 0; i < timing.run->work->tasks; i++) {
        if (timing.deadlines_ns[i] <= now_ns) {
            timing_expired(&timing, &library, timing_timer(&timing, i));
            if (timing.deadlines_ns[i] <= now_ns) { /* it was the last */
                timing.deadlines_ns[i] = UINT64_MAX;
            }
        }
    }
}

static int epoll_sleep(struct peer_run *run, struct diag *diag)
{
    _cleanup_(close_p) int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) {
        int rc = -errno;
        return diag_set(diag, rc, "epoll_create1: %s", strerror(-rc));
    }
    int rc = timing_init(&timing, run, 1, diag);
    timing_fd = epoll_fd;
    if (rc == 0) {
        timing_run(&timing, &library);
    }
    return rc;
}

const struct peer peer_epoll = {
    .unit = {.name = "epoll",
             .summary = "a plain epoll loop in C, without tasks"},
    .work = {[NATIVE_ECHO] = epoll_echo, [NATIVE_SLEEP] = epoll_sleep},
};
