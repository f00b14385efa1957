/* SPDX-License-Identifier: MIT */
/*
 * Readiness of descriptors for one loop, on epoll, edge-triggered: a task
 * tries the call first and parks only after EAGAIN, so a later edge is sure
 * to come. A descriptor is made non-blocking and registered at its first use.
 */
#pragma once

#include "harness/exec/exec.h"

#include <stddef.h>
#include <stdint.h>

enum poller_side {
    POLLER_READ,
    POLLER_WRITE,
};

struct poller_slot {
    struct exec *parked[2]; /* by poller_side */
    bool adopted;
};

struct poller {
    int epoll_fd;
    int wake_fd; /* readable when the executor has finished jobs; or -1 */
    size_t parked;
    struct poller_slot *slots; /* by descriptor */
    size_t capacity;
};

int poller_init(struct poller *poller);
void poller_deinit(struct poller *poller);

/* Makes `fd` non-blocking and watches it, at its first use. */
int poller_adopt(struct poller *poller, int fd);
/* Forgets `fd`; the caller closes it. */
void poller_forget(struct poller *poller, int fd);

/* Notes that `ex` waits for `fd`; the caller then leaves the task. */
void poller_park(struct poller *poller, int fd, enum poller_side side,
                 struct exec *ex);

/* Watches a descriptor that wakes the loop and belongs to no task. */
int poller_watch_wake(struct poller *poller, int fd);

/*
 * Waits at most `timeout_ns` (UINT64_MAX: for ever) and pushes the tasks that
 * can go on to the ring, in the kernel's order. Returns true when the wake
 * descriptor was ready.
 */
bool poller_wait(struct poller *poller, uint64_t timeout_ns,
                 struct exec_ring *ring);
