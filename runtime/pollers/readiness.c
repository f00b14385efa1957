/* SPDX-License-Identifier: MIT */
#include "runtime/pollers/readiness.h"

#include "harness/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void readiness_deinit(struct readiness *readiness)
{
    free(readiness->slots);
}

void readiness_grow(struct readiness *readiness, int fd)
{
    size_t capacity = readiness->capacity ? readiness->capacity : 64;
    while (capacity <= (size_t)fd) {
        capacity *= 2;
    }
    readiness->slots =
        reallocarray(readiness->slots, capacity, sizeof(*readiness->slots));
    must(readiness->slots != NULL);
    memset(readiness->slots + readiness->capacity, 0,
           (capacity - readiness->capacity) * sizeof(*readiness->slots));
    readiness->capacity = capacity;
}

/* At its first use: not blocking, and watched. */
static __attribute__((noinline, cold)) int adopt(struct readiness *readiness,
                                                 int fd)
{
    if (fd < 0) {
        return -EBADF;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        return -errno;
    }
    struct readiness_slot *slot = readiness_slot(readiness, fd);
    int rc = readiness->source->watch(readiness, fd, slot);
    slot->watched = rc == 0;
    slot->may[READINESS_READ] = slot->may[READINESS_WRITE] = slot->watched;
    return rc;
}

static void unpark(struct readiness *readiness, struct readiness_slot *slot,
                   enum readiness_side side, struct exec_ring *ring)
{
    if (slot->parked[side]) {
        exec_ring_push(ring, slot->parked[side]);
        slot->parked[side] = NULL;
        readiness->poller.waiting--;
    }
}

void readiness_event(struct readiness *readiness, struct readiness_slot *slot,
                     enum readiness_side side, struct exec_ring *ring)
{
    slot->may[side] = slot->watched;
    unpark(readiness, slot, side, ring);
}

/* 0: worth another try. */
static int park(struct readiness *readiness, struct exec *ex, int fd,
                enum readiness_side side)
{
    struct readiness_slot *slot = readiness_slot(readiness, fd);
    uint32_t generation = slot->generation;
    must(!slot->parked[side]);
    if (readiness->source->want) {
        int rc = readiness->source->want(readiness, fd, slot, side);
        if (rc < 0) {
            return rc;
        }
    }
    slot->parked[side] = ex;
    readiness->poller.waiting++;
    exec_ring_park(exec_ready, ex);
    return readiness_slot(readiness, fd)->generation == generation ? 0
                                                                   : -ECANCELED;
}

/* Whether a call is worth trying, of a descriptor that may be a new one. */
static bool may_try(const struct readiness *readiness, int fd,
                    enum readiness_side side)
{
    return (size_t)fd < readiness->capacity && readiness->slots[fd].may[side];
}

/* Waits until a call is worth trying. Not inlined: what is alive across a
 * switch is on the stack, and here that is little. */
static __attribute__((noinline)) int await_may(struct readiness *readiness,
                                               struct exec *ex, int fd,
                                               enum readiness_side side)
{
    if (fd < 0 || !readiness_slot(readiness, fd)->watched) {
        return adopt(readiness, fd);
    }
    return park(readiness, ex, fd, side);
}

/* After a call that failed: 0 if it is to be made again. */
static int refused(struct readiness *readiness, int fd,
                   enum readiness_side side)
{
    if (errno == EAGAIN) {
        readiness_slot(readiness, fd)->may[side] = false;
        return 0;
    }
    return errno == EINTR ? 0 : -errno;
}

/* Evaluates `call` until it does something else than ask to wait. */
#define PARKING(readiness, ex, fd, side, result, call)                         \
    do {                                                                       \
        while (((result) = may_try(readiness, fd, side)                        \
                               ? 0                                             \
                               : await_may(readiness, ex, fd, side)) == 0) {   \
            (result) = (call);                                                 \
            if (likely((result) >= 0)) {                                       \
                break;                                                         \
            }                                                                  \
            (result) = refused(readiness, fd, side);                           \
            if ((result) < 0) {                                                \
                break;                                                         \
            }                                                                  \
        }                                                                      \
    } while (0)

/* A stream that gave less than was asked for is empty. */
static void note_count(struct readiness *readiness, int fd, ssize_t n,
                       size_t size)
{
    if (n > 0 && (size_t)n < size) {
        struct readiness_slot *slot = readiness_slot(readiness, fd);
        slot->may[READINESS_READ] = slot->hung_up;
    }
}

ssize_t readiness_read(struct poller *poller, struct exec *ex, int fd,
                       void *data, size_t size)
{
    struct readiness *readiness = readiness_of(poller);
    ssize_t n;
    PARKING(readiness, ex, fd, READINESS_READ, n, read(fd, data, size));
    note_count(readiness, fd, n, size);
    return n;
}

ssize_t readiness_write(struct poller *poller, struct exec *ex, int fd,
                        const void *data, size_t size)
{
    struct readiness *readiness = readiness_of(poller);
    ssize_t n;
    PARKING(readiness, ex, fd, READINESS_WRITE, n, write(fd, data, size));
    return n;
}

ssize_t readiness_recv(struct poller *poller, struct exec *ex, int fd,
                       void *data, size_t size)
{
    struct readiness *readiness = readiness_of(poller);
    ssize_t n;
    PARKING(readiness, ex, fd, READINESS_READ, n, recv(fd, data, size, 0));
    note_count(readiness, fd, n, size);
    return n;
}

ssize_t readiness_send(struct poller *poller, struct exec *ex, int fd,
                       const void *data, size_t size)
{
    struct readiness *readiness = readiness_of(poller);
    ssize_t n;
    PARKING(readiness, ex, fd, READINESS_WRITE, n,
            send(fd, data, size, MSG_NOSIGNAL));
    return n;
}

int readiness_accept(struct poller *poller, struct exec *ex, int fd)
{
    struct readiness *readiness = readiness_of(poller);
    int connection;
    PARKING(readiness, ex, fd, READINESS_READ, connection,
            accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
    return connection;
}

void readiness_close(struct poller *poller, struct exec *ex, int fd)
{
    (void)ex;
    struct readiness *readiness = readiness_of(poller);
    struct readiness_slot *slot = readiness_slot(readiness, fd);
    if (slot->watched) {
        readiness->source->unwatch(readiness, fd, slot);
    }
    unpark(readiness, slot, READINESS_READ, exec_ready);
    unpark(readiness, slot, READINESS_WRITE, exec_ready);
    *slot = (struct readiness_slot){.generation = slot->generation + 1};
    close(fd);
}
