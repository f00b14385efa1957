/* SPDX-License-Identifier: MIT */
/*
 * Receives and accepts that are armed once (multishot). What they bring waits
 * in the slot until a task takes it; how one ended is told to the task that
 * finds nothing else. Without buffers left, or on a kernel that knows no
 * multishot, the task makes one request instead.
 */
#include "harness/base/must.h"
#include "runtime/pollers/io_uring_inside.h"

#include <errno.h>
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

static __u64 armed_data(enum uring_kind kind, const struct uring_slot *slot,
                        int fd)
{
    return (__u64)(unsigned)fd << 32 | (slot->generation << 3 | kind);
}

static void arm(struct uring *uring, struct uring_slot *slot, int fd,
                enum uring_kind kind)
{
    struct io_uring_sqe *sqe = uring_next(uring);
    if (kind == URING_RECV) {
        io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = URING_BUFFERS_GROUP;
    } else {
        io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC);
    }
    io_uring_sqe_set_data64(sqe, armed_data(kind, slot, fd));
    slot->armed = true;
}

/* Waits until the armed call has brought something: 0, or a negative errno. */
static int await_armed(struct uring *uring, struct exec *ex, int fd,
                       enum uring_kind kind)
{
    struct uring_request request = {.ex = ex};
    struct uring_slot *slot = uring_slot(uring, fd);
    must(!slot->taker);
    if (!slot->armed) {
        arm(uring, slot, fd, kind);
    }
    uint32_t generation = slot->generation;
    slot->taker = &request;
    uring_leave(uring, ex);
    return uring_slot(uring, fd)->generation == generation ? 0 : -ECANCELED;
}

/* How the armed call ended, once. */
static int take_end(struct uring *uring, struct uring_slot *slot)
{
    slot->ended = false;
    if (slot->end == -EINVAL) { /* the kernel knows no multishot */
        uring->multishot = false;
    }
    return slot->end;
}

static bool wants_one_request(const struct uring *uring, int end)
{
    return end == -ENOBUFS || (end == -EINVAL && !uring->multishot);
}

static ssize_t recv_armed(struct uring *uring, struct exec *ex, int fd,
                          void *data, size_t size)
{
    for (;;) {
        struct uring_slot *slot = uring_slot(uring, fd);
        if (slot->received.n > 0) {
            return (ssize_t)uring_buffers_take(&uring->buffers, &slot->received,
                                               data, size);
        }
        if (slot->ended) {
            int end = take_end(uring, slot);
            return wants_one_request(uring, end)
                       ? uring_recv_once(uring, ex, fd, data, size)
                       : end;
        }
        int rc = await_armed(uring, ex, fd, URING_RECV);
        if (rc < 0) {
            return rc;
        }
    }
}

ssize_t uring_recv(struct poller *poller, struct exec *ex, int fd, void *data,
                   size_t size)
{
    struct uring *uring = uring_of(poller);
    int rc = uring_adopt(uring, fd);
    if (rc < 0) {
        return rc;
    }
    struct uring_slot *slot = uring_slot(uring, fd);
    bool begun = slot->armed || slot->ended || slot->received.n > 0;
    /* A large message would be copied out of many small buffers. */
    bool once = !uring->multishot || size > URING_BUFFER_BYTES;
    return once && !begun ? uring_recv_once(uring, ex, fd, data, size)
                          : recv_armed(uring, ex, fd, data, size);
}

static int take_accepted(struct uring_slot *slot)
{
    int fd = slot->accepted[slot->first++];
    if (slot->first == slot->n) {
        slot->first = slot->n = 0;
    }
    return fd;
}

int uring_accept(struct poller *poller, struct exec *ex, int fd)
{
    struct uring *uring = uring_of(poller);
    int rc = uring_adopt(uring, fd);
    while (rc == 0) {
        struct uring_slot *slot = uring_slot(uring, fd);
        if (slot->n > 0) {
            return take_accepted(slot);
        }
        if (slot->ended) {
            int end = take_end(uring, slot);
            return wants_one_request(uring, end)
                       ? uring_accept_once(uring, ex, fd)
                       : end;
        }
        if (!uring->multishot && !slot->armed) {
            return uring_accept_once(uring, ex, fd);
        }
        rc = await_armed(uring, ex, fd, URING_ACCEPT);
    }
    return rc;
}

static void keep_accepted(struct uring_slot *slot, int fd)
{
    slot->accepted =
        reallocarray(slot->accepted, slot->n + 1, sizeof(*slot->accepted));
    must(slot->accepted != NULL);
    slot->accepted[slot->n++] = fd;
}

/* A completion of an armed call. */
void uring_armed_event(struct uring *uring, const struct io_uring_cqe *cqe,
                       struct exec_ring *ring)
{
    bool is_accept = (cqe->user_data & URING_KIND_MASK) == URING_ACCEPT;
    bool has_buffer = cqe->flags & IORING_CQE_F_BUFFER;
    uint16_t buffer = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    int fd = (int)(cqe->user_data >> 32);
    struct uring_slot *slot = uring_slot(uring, fd);
    enum uring_kind kind = is_accept ? URING_ACCEPT : URING_RECV;
    if (cqe->user_data != armed_data(kind, slot, fd)) { /* closed since */
        if (has_buffer) {
            uring_buffers_give(&uring->buffers, buffer);
        } else if (is_accept && cqe->res >= 0) {
            close(cqe->res);
        }
        return;
    }
    slot->armed = cqe->flags & IORING_CQE_F_MORE;
    if (has_buffer && cqe->res > 0) {
        uring_buffers_append(&uring->buffers, &slot->received, buffer,
                             (uint32_t)cqe->res);
    } else if (is_accept && cqe->res >= 0) {
        keep_accepted(slot, cqe->res);
    } else {
        slot->ended = true;
        slot->end = cqe->res;
        if (has_buffer) {
            uring_buffers_give(&uring->buffers, buffer);
        }
    }
    if (slot->taker) {
        uring_resume(uring, slot->taker, 0, ring);
        slot->taker = NULL;
    }
}

static void cancel(struct uring *uring, __u64 user_data)
{
    struct io_uring_sqe *sqe = uring_next(uring);
    io_uring_prep_cancel64(sqe, user_data, 0);
    io_uring_sqe_set_data64(sqe, URING_NOBODY);
}

bool uring_cancel_all(struct uring *uring, struct uring_slot *slot, int fd)
{
    bool any = slot->armed;
    if (slot->armed) { /* one of the two; the other is not found */
        cancel(uring, armed_data(URING_RECV, slot, fd));
        cancel(uring, armed_data(URING_ACCEPT, slot, fd));
    }
    for (int side = URING_READS; side <= URING_WRITES; side++) {
        struct uring_request *request = slot->requests[side];
        if (request) {
            request->cancelled = true;
            cancel(uring, (__u64)(uintptr_t)request);
            any = true;
        }
    }
    return any;
}

void uring_drop(struct uring *uring, struct uring_slot *slot,
                struct exec_ring *ring)
{
    if (slot->taker) {
        uring_resume(uring, slot->taker, 0, ring);
        slot->taker = NULL;
    }
    uring_buffers_drop(&uring->buffers, &slot->received);
    while (slot->n > 0) {
        close(take_accepted(slot));
    }
    free(slot->accepted);
    slot->accepted = NULL;
}
