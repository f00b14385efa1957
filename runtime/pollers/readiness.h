/* SPDX-License-Identifier: MIT */
/*
 * The verbs of a poller that tells which descriptors are ready: try the call,
 * park the task when it would block, try again when the poller has said so.
 *
 * `may` of a side says whether a call is worth trying:
 *
 *   set      at first use; by readiness_event(); only while it is watched
 *   cleared  by a call that would block; and on the read side by a short
 *            count of a stream, which has emptied it: the same as asking once
 *            more and being refused, without the price of the refusal
 *   stale?   it may say yes in vain, which costs one call. It never says no in
 *            vain: what arrives after the poller's last report is reported by
 *            its next one. The end of a stream may be part of the report that
 *            also brought its last bytes, and so a side that was reported
 *            `hung_up` stays worth trying.
 */
#pragma once

#include "runtime/pollers/poller.h"

enum readiness_side {
    READINESS_READ,
    READINESS_WRITE,
};

struct readiness_slot {
    /* By readiness_side. The task and nothing on its stack: the memory of one
     * that has waited is cold, and is asked for when its turn comes near. */
    struct exec *parked[2];
    bool may[2];
    bool hung_up;
    bool watched;
    /* Another one after each close: a task that was woken has nothing more to
     * do with a descriptor that was closed before its turn came. */
    uint32_t generation;
    void *handle; /* the poller's own, NULL at first */
};

struct readiness;

/* What a poller adds. */
struct readiness_source {
    /* Watches a descriptor, which is not blocking, at its first use. */
    int (*watch)(struct readiness *readiness, int fd,
                 struct readiness_slot *slot);
    /* Ends that; the descriptor is still open. */
    void (*unwatch)(struct readiness *readiness, int fd,
                    struct readiness_slot *slot);
    /* A task is about to park; NULL where every change is reported anyway. */
    int (*want)(struct readiness *readiness, int fd,
                struct readiness_slot *slot, enum readiness_side side);
};

struct readiness {
    struct poller poller; /* first: a poller is a readiness */
    const struct readiness_source *source;
    struct readiness_slot *slots; /* by descriptor */
    size_t capacity;
};

static inline struct readiness *readiness_of(struct poller *poller)
{
    return (struct readiness *)poller;
}

/* Frees the slots. */
void readiness_deinit(struct readiness *readiness);

/* Makes room for the slot of a descriptor. */
void readiness_grow(struct readiness *readiness, int fd);

/* Valid until the next new descriptor. */
static inline struct readiness_slot *readiness_slot(struct readiness *readiness,
                                                    int fd)
{
    if (unlikely((size_t)fd >= readiness->capacity)) {
        readiness_grow(readiness, fd);
    }
    return &readiness->slots[fd];
}

/* The poller's report; pushes who waits for it. */
void readiness_event(struct readiness *readiness, struct readiness_slot *slot,
                     enum readiness_side side, struct exec_ring *ring);

ssize_t readiness_read(struct poller *poller, struct exec *ex, int fd,
                       void *data, size_t size);
ssize_t readiness_write(struct poller *poller, struct exec *ex, int fd,
                        const void *data, size_t size);
ssize_t readiness_recv(struct poller *poller, struct exec *ex, int fd,
                       void *data, size_t size);
ssize_t readiness_send(struct poller *poller, struct exec *ex, int fd,
                       const void *data, size_t size);
int readiness_accept(struct poller *poller, struct exec *ex, int fd);
void readiness_close(struct poller *poller, struct exec *ex, int fd);
