/* SPDX-License-Identifier: MIT */
/*
 * epoll, edge-triggered: a descriptor is registered once, for both directions,
 * and never looked at again until something has happened to it. A turn of a
 * busy loop is one epoll_wait for up to EVENTS_AT_ONCE descriptors, and of a
 * request one call that receives and one that sends.
 */
#include "harness/base/epoll_ns.h"
#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "runtime/pollers/readiness.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 1024 };

struct epoll {
    struct readiness readiness; /* first */
    int epoll_fd;
    int wake_fd; /* or -1 */
    struct epoll_event events[EVENTS_AT_ONCE];
};

static struct epoll *epoll_of(struct poller *poller)
{
    return (struct epoll *)poller;
}

static int add(struct epoll *epoll, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.fd = fd}};
    return epoll_ctl(epoll->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno
                                                                     : 0;
}

static int epoll_watch(struct readiness *readiness, int fd,
                       struct readiness_slot *slot)
{
    (void)slot;
    return add(epoll_of(&readiness->poller), fd,
               EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

static void epoll_unwatch(struct readiness *readiness, int fd,
                          struct readiness_slot *slot)
{
    (void)slot;
    epoll_ctl(epoll_of(&readiness->poller)->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static const struct readiness_source source = {.watch = epoll_watch,
                                               .unwatch = epoll_unwatch};

static int epoll_create_poller(const struct poller_config *config,
                               struct poller **ret, struct diag *diag)
{
    (void)config;
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return diag_set(diag, -errno, "cannot make an epoll descriptor: %s%s",
                        strerror(errno), limits_remedy(-errno));
    }
    struct epoll *epoll = must_calloc(1, sizeof(*epoll));
    epoll->readiness.source = &source;
    epoll->epoll_fd = fd;
    epoll->wake_fd = -1;
    *ret = &epoll->readiness.poller;
    return 0;
}

static void epoll_destroy(struct poller *poller)
{
    struct epoll *epoll = epoll_of(poller);
    close(epoll->epoll_fd);
    readiness_deinit(&epoll->readiness);
    free(epoll);
}

static int epoll_watch_wake(struct poller *poller, int fd)
{
    epoll_of(poller)->wake_fd = fd;
    return add(epoll_of(poller), fd, EPOLLIN);
}

static void report(struct readiness *readiness, const struct epoll_event *event,
                   struct exec_ring *ring)
{
    struct readiness_slot *slot = readiness_slot(readiness, event->data.fd);
    bool broken = event->events & (EPOLLERR | EPOLLHUP);
    slot->hung_up |= broken || event->events & EPOLLRDHUP;
    if (broken || event->events & (EPOLLIN | EPOLLRDHUP)) {
        readiness_event(readiness, slot, READINESS_READ, ring);
    }
    /* Every report says it again; who waits for it has found that it is not. */
    if (broken || (event->events & EPOLLOUT && !slot->may[READINESS_WRITE])) {
        readiness_event(readiness, slot, READINESS_WRITE, ring);
    }
}

static int epoll_wait_poller(struct poller *poller, uint64_t timeout_ns,
                             struct exec_ring *ring)
{
    struct epoll *epoll = epoll_of(poller);
    struct epoll_event *events = epoll->events;
    int n = epoll_wait_ns(epoll->epoll_fd, events, EVENTS_AT_ONCE, timeout_ns);
    if (n < 0) {
        return errno == EINTR ? 0 : -errno;
    }
    int woken = 0;
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd == epoll->wake_fd) {
            woken = 1;
        } else {
            report(&epoll->readiness, &events[i], ring);
        }
    }
    return woken;
}

const struct poller_type poller_epoll = {
    .unit = {.name = "epoll", .summary = "epoll, edge-triggered"},
    .create = epoll_create_poller,
    .destroy = epoll_destroy,
    .watch_wake = epoll_watch_wake,
    .wait = epoll_wait_poller,
    .read = readiness_read,
    .write = readiness_write,
    .recv = readiness_recv,
    .send = readiness_send,
    .accept = readiness_accept,
    .close = readiness_close,
};
