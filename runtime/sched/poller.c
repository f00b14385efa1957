/* SPDX-License-Identifier: MIT */
#include "runtime/sched/poller.h"

#include "harness/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256 };

int poller_init(struct poller *poller)
{
    *poller = (struct poller){.wake_fd = -1};
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return poller->epoll_fd < 0 ? -errno : 0;
}

void poller_deinit(struct poller *poller)
{
    if (poller->epoll_fd >= 0) {
        close(poller->epoll_fd);
    }
    free(poller->slots);
}

static struct poller_slot *slot_of(struct poller *poller, int fd)
{
    size_t need = (size_t)fd + 1;
    if (need > poller->capacity) {
        size_t capacity = poller->capacity ? poller->capacity : 64;
        while (capacity < need) {
            capacity *= 2;
        }
        poller->slots =
            realloc(poller->slots, capacity * sizeof(*poller->slots));
        must(poller->slots != NULL);
        memset(poller->slots + poller->capacity, 0,
               (capacity - poller->capacity) * sizeof(*poller->slots));
        poller->capacity = capacity;
    }
    return &poller->slots[fd];
}

static int watch(struct poller *poller, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.fd = fd}};
    if (epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        return -errno;
    }
    return 0;
}

int poller_adopt(struct poller *poller, int fd)
{
    struct poller_slot *slot = slot_of(poller, fd);
    if (likely(slot->adopted)) {
        return 0;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        return -errno;
    }
    int rc = watch(poller, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    slot->adopted = rc == 0;
    return rc;
}

void poller_forget(struct poller *poller, int fd)
{
    struct poller_slot *slot = slot_of(poller, fd);
    if (slot->adopted) {
        epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    }
    must(!slot->parked[POLLER_READ] && !slot->parked[POLLER_WRITE]);
    *slot = (struct poller_slot){0};
}

void poller_park(struct poller *poller, int fd, enum poller_side side,
                 struct exec *ex)
{
    struct poller_slot *slot = slot_of(poller, fd);
    must(slot->adopted && !slot->parked[side]);
    slot->parked[side] = ex;
    poller->parked++;
}

int poller_watch_wake(struct poller *poller, int fd)
{
    poller->wake_fd = fd;
    return watch(poller, fd, EPOLLIN);
}

static void unpark(struct poller *poller, struct poller_slot *slot,
                   enum poller_side side, struct exec_ring *ring)
{
    if (slot->parked[side]) {
        exec_ring_push(ring, slot->parked[side]);
        slot->parked[side] = NULL;
        poller->parked--;
    }
}

static int wait_events(int fd, struct epoll_event *events, uint64_t timeout_ns)
{
    if (timeout_ns == 0) {
        return epoll_wait(fd, events, EVENTS_AT_ONCE, 0);
    }
    struct timespec timeout = timespec_of_ns(timeout_ns);
    int n = epoll_pwait2(fd, events, EVENTS_AT_ONCE,
                         timeout_ns == UINT64_MAX ? NULL : &timeout, NULL);
    if (n < 0 && errno == ENOSYS) { /* before Linux 5.11: rounded up to ms */
        int ms = timeout_ns == UINT64_MAX
                     ? -1
                     : (int)((timeout_ns + NS_PER_MS - 1) / NS_PER_MS);
        n = epoll_wait(fd, events, EVENTS_AT_ONCE, ms);
    }
    return n;
}

bool poller_wait(struct poller *poller, uint64_t timeout_ns,
                 struct exec_ring *ring)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int n = wait_events(poller->epoll_fd, events, timeout_ns);
    must(n >= 0 || errno == EINTR);
    bool woken = false;
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd == poller->wake_fd) {
            woken = true;
            continue;
        }
        struct poller_slot *slot = slot_of(poller, events[i].data.fd);
        bool broken = events[i].events & (EPOLLERR | EPOLLHUP);
        if (broken || events[i].events & (EPOLLIN | EPOLLRDHUP)) {
            unpark(poller, slot, POLLER_READ, ring);
        }
        if (broken || events[i].events & EPOLLOUT) {
            unpark(poller, slot, POLLER_WRITE, ring);
        }
    }
    return woken;
}
