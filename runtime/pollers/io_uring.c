/* SPDX-License-Identifier: MIT */
/*
 * io_uring: tasks hand their calls over, and one system call a turn of the
 * loop submits them all and fetches what has been completed.
 *
 * A socket's receives and a listener's accepts are armed once (multishot):
 * the kernel goes on completing them, received bytes land in buffers that all
 * sockets share (io_uring_buffers.h), and a task takes what is there without a
 * call. Every other call, and on kernels without multishot these as well, is
 * one request, for which its task waits.
 *
 * The kernel reads a descriptor's number when a call is submitted, so `close`
 * submits what is there before the number may become another one's.
 */
#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "runtime/pollers/io_uring_inside.h"
#include "runtime/pollers/io_uring_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct uring_slot *uring_slot(struct uring *uring, int fd)
{
    if (unlikely((size_t)fd >= uring->capacity)) {
        size_t capacity = uring->capacity ? uring->capacity : 64;
        while (capacity <= (size_t)fd) {
            capacity *= 2;
        }
        uring->slots =
            reallocarray(uring->slots, capacity, sizeof(*uring->slots));
        must(uring->slots != NULL);
        memset(uring->slots + uring->capacity, 0,
               (capacity - uring->capacity) * sizeof(*uring->slots));
        uring->capacity = capacity;
    }
    return &uring->slots[fd];
}

/* The ring waits for a descriptor only if it may block. */
int uring_adopt(struct uring *uring, int fd)
{
    if (fd < 0) {
        return -EBADF;
    }
    struct uring_slot *slot = uring_slot(uring, fd);
    if (likely(slot->adopted)) {
        return 0;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 ||
        ((flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)) {
        return -errno;
    }
    slot->adopted = true;
    return 0;
}

struct io_uring_sqe *uring_next(struct uring *uring)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(uring->ring);
    if (unlikely(!sqe)) { /* a full batch */
        io_uring_submit(uring->ring);
        sqe = io_uring_get_sqe(uring->ring);
        must(sqe != NULL);
    }
    return sqe;
}

void uring_leave(struct uring *uring, struct exec *ex)
{
    uring->poller.waiting++;
    exec_ring_park(exec_ready, ex);
}

void uring_resume(struct uring *uring, struct uring_request *request,
                  int result, struct exec_ring *ring)
{
    request->result = result;
    uring->poller.waiting--;
    exec_ring_push(ring, request->ex);
}

/* --- one request, one completion --- */

static int await_request(struct uring *uring, struct exec *ex, int fd,
                         enum uring_side side, struct io_uring_sqe *sqe)
{
    struct uring_request request = {.ex = ex};
    struct uring_slot *slot = uring_slot(uring, fd);
    must(!slot->requests[side]);
    slot->requests[side] = &request;
    io_uring_sqe_set_data(sqe, &request);
    uring_leave(uring, ex);
    slot = uring_slot(uring, fd);
    if (slot->requests[side] == &request) {
        slot->requests[side] = NULL;
    }
    /* What one request has done before the close is the task's: nobody else
     * could close a connection that it has accepted. */
    return request.cancelled && request.result < 0 ? -ECANCELED
                                                   : request.result;
}

/* Hands over what `prepare` makes of `sqe` until it is not just put off. */
#define REQUESTING(uring, ex, fd, side, result, prepare)                       \
    do {                                                                       \
        (result) = uring_adopt(uring, fd);                                     \
        while ((result) == 0) {                                                \
            struct io_uring_sqe *sqe = uring_next(uring);                      \
            prepare;                                                           \
            (result) = await_request(uring, ex, fd, side, sqe);                \
            if ((result) != -EINTR && (result) != -EAGAIN) {                   \
                break;                                                         \
            }                                                                  \
            (result) = 0;                                                      \
        }                                                                      \
    } while (0)

static ssize_t uring_read(struct poller *poller, struct exec *ex, int fd,
                          void *data, size_t size)
{
    struct uring *uring = uring_of(poller);
    int n;
    REQUESTING(uring, ex, fd, URING_READS, n,
               io_uring_prep_read(sqe, fd, data, (unsigned)size, (__u64)-1));
    return n;
}

static ssize_t uring_write(struct poller *poller, struct exec *ex, int fd,
                           const void *data, size_t size)
{
    struct uring *uring = uring_of(poller);
    int n;
    REQUESTING(uring, ex, fd, URING_WRITES, n,
               io_uring_prep_write(sqe, fd, data, (unsigned)size, (__u64)-1));
    return n;
}

static ssize_t uring_send(struct poller *poller, struct exec *ex, int fd,
                          const void *data, size_t size)
{
    struct uring *uring = uring_of(poller);
    int n;
    REQUESTING(uring, ex, fd, URING_WRITES, n,
               io_uring_prep_send(sqe, fd, data, size, MSG_NOSIGNAL));
    return n;
}

int uring_recv_once(struct uring *uring, struct exec *ex, int fd, void *data,
                    size_t size)
{
    int n;
    REQUESTING(uring, ex, fd, URING_READS, n,
               io_uring_prep_recv(sqe, fd, data, size, 0));
    return n;
}

int uring_accept_once(struct uring *uring, struct exec *ex, int fd)
{
    int n;
    REQUESTING(uring, ex, fd, URING_READS, n,
               io_uring_prep_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC));
    return n;
}

static void prepare_file(struct io_uring_sqe *sqe, const struct exec_file *file)
{
    switch (file->op) {
    case EXEC_FILE_READ:
        io_uring_prep_read(sqe, file->fd, file->data, (unsigned)file->size,
                           (__u64)file->offset);
        break;
    case EXEC_FILE_WRITE:
        io_uring_prep_write(sqe, file->fd, file->content, (unsigned)file->size,
                            (__u64)file->offset);
        break;
    default:
        io_uring_prep_fsync(sqe, file->fd, IORING_FSYNC_DATASYNC);
        break;
    }
}

/* A file is not awaited by its descriptor, so it has no slot: as many tasks as
 * like may use it. */
static void uring_file(struct poller *poller, struct exec *ex,
                       struct exec_file *file)
{
    struct uring *uring = uring_of(poller);
    struct uring_request request = {.ex = ex};
    do {
        struct io_uring_sqe *sqe = uring_next(uring);
        prepare_file(sqe, file);
        io_uring_sqe_set_data(sqe, &request);
        uring_leave(uring, ex);
    } while (request.result == -EINTR || request.result == -EAGAIN);
    file->result = request.result;
}

/* --- the end of a descriptor --- */

static void uring_close(struct poller *poller, struct exec *ex, int fd)
{
    struct uring *uring = uring_of(poller);
    struct uring_slot *slot = uring_slot(uring, fd);
    if (uring_cancel_all(uring, slot, fd)) {
        io_uring_submit(uring->ring);
    }
    (void)ex;
    uring_drop(uring, slot, exec_ready);
    *slot = (struct uring_slot){.generation = slot->generation + 1};
    close(fd);
}

/* --- waiting --- */

static int uring_watch_wake(struct poller *poller, int fd)
{
    uring_of(poller)->wake_fd = fd;
    return 0;
}

static void arm_wake(struct uring *uring)
{
    if (uring->wake_fd >= 0 && !uring->wake_armed) {
        struct io_uring_sqe *sqe = uring_next(uring);
        io_uring_prep_poll_add(sqe, uring->wake_fd, POLLIN);
        io_uring_sqe_set_data64(sqe, URING_WAKE);
        uring->wake_armed = true;
    }
}

/* Nothing to hand over, and the kernel holds nothing back: what there is, is
 * in the ring already. */
static bool needs_no_call(struct uring *uring)
{
    unsigned flags = __atomic_load_n(uring->ring->sq.kflags, __ATOMIC_ACQUIRE);
    return io_uring_sq_ready(uring->ring) == 0 &&
           (flags & URING_SQ_FLAGS_PENDING) == 0;
}

static int enter(struct uring *uring, uint64_t timeout_ns)
{
    if (timeout_ns == 0) {
        return needs_no_call(uring)
                   ? 0
                   : io_uring_submit_and_get_events(uring->ring);
    }
    if (timeout_ns == UINT64_MAX) {
        return io_uring_submit_and_wait(uring->ring, 1);
    }
    struct io_uring_cqe *cqe;
    struct __kernel_timespec timeout = {
        .tv_sec = (long long)(timeout_ns / NS_PER_S),
        .tv_nsec = (long long)(timeout_ns % NS_PER_S)};
    return io_uring_submit_and_wait_timeout(uring->ring, &cqe, 1, &timeout,
                                            NULL);
}

/* True: the wake descriptor is ready. */
static bool complete(struct uring *uring, const struct io_uring_cqe *cqe,
                     struct exec_ring *ring)
{
    if (cqe->user_data == LIBURING_UDATA_TIMEOUT) {
        return false; /* of the library's own on old kernels */
    }
    switch ((enum uring_kind)(cqe->user_data & URING_KIND_MASK)) {
    case URING_REQUEST:
        uring_resume(uring, (struct uring_request *)(uintptr_t)cqe->user_data,
                     cqe->res, ring);
        break;
    case URING_RECV:
    case URING_ACCEPT:
        uring_armed_event(uring, cqe, ring);
        break;
    case URING_WAKE:
        uring->wake_armed = false;
        return true;
    default:
        break;
    }
    return false;
}

static int uring_wait(struct poller *poller, uint64_t timeout_ns,
                      struct exec_ring *ring)
{
    struct uring *uring = uring_of(poller);
    arm_wake(uring);
    int rc = enter(uring, timeout_ns);
    if (rc < 0 && rc != -EINTR && rc != -ETIME && rc != -EAGAIN &&
        rc != -EBUSY) {
        return rc;
    }
    bool woken = false;
    unsigned head;
    unsigned n = 0;
    struct io_uring_cqe *cqe;
    io_uring_for_each_cqe(uring->ring, head, cqe)
    {
        woken |= complete(uring, cqe, ring);
        n++;
    }
    io_uring_cq_advance(uring->ring, n);
    return woken;
}

/* --- its life --- */

static void uring_destroy(struct poller *poller)
{
    struct uring *uring = uring_of(poller);
    io_uring_queue_exit(uring->ring);
    uring_buffers_deinit(&uring->buffers);
    for (size_t fd = 0; fd < uring->capacity; fd++) {
        free(uring->slots[fd].accepted);
    }
    free(uring->slots);
    free(uring->ring);
    free(uring);
}

/* Those of many completions of one call, where the kernel has that. */
static int prepare_multishot(struct uring *uring,
                             const struct poller_config *config,
                             struct diag *diag)
{
    int rc = config->plain ? -EOPNOTSUPP
                           : uring_buffers_init(&uring->buffers, uring->ring,
                                                config->tasks);
    uring->multishot = rc == 0;
    return rc == -ENOMEM ? limits_no_memory(rc, "the buffers of io_uring", diag)
                         : 0;
}

static int uring_create(const struct poller_config *config, struct poller **ret,
                        struct diag *diag)
{
    struct uring *uring = must_calloc(1, sizeof(*uring));
    uring->ring = must_calloc(1, sizeof(*uring->ring));
    int rc = uring_setup(uring->ring, config->plain);
    if (rc < 0) {
        free(uring->ring);
        free(uring);
        return diag_set(diag, rc, "cannot make a ring for io_uring: %s",
                        uring_setup_why(rc));
    }
    uring->wake_fd = -1;
    rc = prepare_multishot(uring, config, diag);
    if (rc < 0) {
        uring_destroy(&uring->poller);
        return rc;
    }
    *ret = &uring->poller;
    return 0;
}

const struct poller_type poller_io_uring = {
    .unit = {.name = "io_uring",
             .summary = "io_uring, multishot where the kernel has it",
             .unavailable = uring_setup_unavailable},
    .create = uring_create,
    .destroy = uring_destroy,
    .watch_wake = uring_watch_wake,
    .wait = uring_wait,
    .read = uring_read,
    .write = uring_write,
    .recv = uring_recv,
    .send = uring_send,
    .accept = uring_accept,
    .close = uring_close,
    .file = uring_file,
};
