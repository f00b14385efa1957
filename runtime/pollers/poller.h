/* SPDX-License-Identifier: MIT */
/*
 * A poller: what an event loop waits with, and how its tasks reach the kernel.
 * One `const struct poller_type poller_NAME` in runtime/pollers/NAME.c.
 *
 * All calls come from the loop's thread; only destroy may come from another,
 * after that thread's end. The verbs are called by a task on its own stack and
 * mean what exec.h says of them. A task that has to wait leaves the ring, and
 * `wait` pushes it back when it can go on. A call that need not wait gives way
 * to nobody where the kernel can be asked at once; a poller that hands its
 * calls over in batches gives way at each.
 *
 * A descriptor belongs to the poller from its first use until `close`. Then
 * the tasks that wait for it go on, and their verb ends in -ECANCELED. At most
 * one task waits for each direction of a descriptor.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/exec/exec.h"
#include "harness/exec/unit.h"

struct poller;

struct poller_config {
    size_t tasks; /* expected */
    bool plain;   /* leave out what only newer kernels have */
};

struct poller_type {
    struct unit unit;

    int (*create)(const struct poller_config *config, struct poller **ret,
                  struct diag *diag);
    void (*destroy)(struct poller *poller);

    /* Watches a descriptor that wakes the loop and belongs to no task. */
    int (*watch_wake)(struct poller *poller, int fd);
    /*
     * Waits at most `timeout_ns` (0: not at all, UINT64_MAX: for ever) and
     * pushes the tasks that can go on, in the kernel's order. Returns early on
     * a signal. 1: the wake descriptor was ready; 0: it was not; or a negative
     * errno: the poller is broken.
     */
    int (*wait)(struct poller *poller, uint64_t timeout_ns,
                struct exec_ring *ring);

    ssize_t (*read)(struct poller *poller, struct exec *ex, int fd, void *data,
                    size_t size);
    ssize_t (*write)(struct poller *poller, struct exec *ex, int fd,
                     const void *data, size_t size);
    ssize_t (*recv)(struct poller *poller, struct exec *ex, int fd, void *data,
                    size_t size);
    ssize_t (*send)(struct poller *poller, struct exec *ex, int fd,
                    const void *data, size_t size);
    int (*accept)(struct poller *poller, struct exec *ex, int fd);
    void (*close)(struct poller *poller, struct exec *ex, int fd);
    /* NULL: files go to the executor. */
    void (*file)(struct poller *poller, struct exec *ex,
                 struct exec_file *file);
};

/* What every poller begins with. */
struct poller {
    const struct poller_type *type;
    size_t waiting; /* tasks that have left and that `wait` will push */
};

int poller_new(const struct poller_type *type,
               const struct poller_config *config, struct poller **ret,
               struct diag *diag);
/* NULL is fine. */
void poller_free(struct poller *poller);

/* By place in the list of runtime/meson.build, NULL-ended: the choices of the
 * parameter `poller`. */
extern const struct poller_type *const poller_types[];
extern const char *const poller_names[];
