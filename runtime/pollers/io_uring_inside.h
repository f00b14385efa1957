/* SPDX-License-Identifier: MIT */
/* Inside of the poller io_uring: what its files share. */
#pragma once

#include "runtime/pollers/io_uring_buffers.h"
#include "runtime/pollers/poller.h"

struct io_uring_cqe;
struct io_uring_sqe;

/* What a completion belongs to, in the low bits of its user_data. */
enum uring_kind {
    URING_REQUEST, /* a uring_request, on its task's stack */
    URING_RECV,    /* the armed receive of a descriptor... */
    URING_ACCEPT,  /* ...and the armed accept, with the slot's generation */
    URING_WAKE,    /* the poll of the wake descriptor */
    URING_NOBODY,  /* a cancellation, whose outcome does not matter */
    URING_KIND_MASK = 7,
};

enum uring_side { URING_READS, URING_WRITES };

struct uring_request {
    struct exec *ex;
    int result;
    bool cancelled; /* its descriptor was closed */
};

/* A descriptor. */
struct uring_slot {
    struct uring_request *requests[2]; /* by side: under way */
    struct uring_request *taker;       /* waits for the armed call */
    struct uring_chain received;
    int *accepted; /* not yet taken: from `first` on, before `n` */
    size_t first;
    size_t n;
    uint32_t generation; /* another one after each close */
    bool adopted;
    bool armed;
    bool ended; /* the armed call ended, with `end` */
    int end;
};

struct uring {
    struct poller poller; /* first */
    struct io_uring *ring;
    struct uring_buffers buffers;
    struct uring_slot *slots; /* by descriptor */
    size_t capacity;
    bool multishot;
    int wake_fd; /* or -1 */
    bool wake_armed;
};

static inline struct uring *uring_of(struct poller *poller)
{
    return (struct uring *)poller;
}

/* Valid until the next new descriptor. */
struct uring_slot *uring_slot(struct uring *uring, int fd);

/* At a descriptor's first use: the ring waits for it only if it may block. */
int uring_adopt(struct uring *uring, int fd);

/* A place for one more call; hands a full batch over. */
struct io_uring_sqe *uring_next(struct uring *uring);

/* Leaves the running task, and puts it back. */
void uring_leave(struct uring *uring, struct exec *ex);
void uring_resume(struct uring *uring, struct uring_request *request,
                  int result, struct exec_ring *ring);

/* One call, one completion. */
int uring_recv_once(struct uring *uring, struct exec *ex, int fd, void *data,
                    size_t size);
int uring_accept_once(struct uring *uring, struct exec *ex, int fd);

/* The same where the call is armed once and goes on completing. */
ssize_t uring_recv(struct poller *poller, struct exec *ex, int fd, void *data,
                   size_t size);
int uring_accept(struct poller *poller, struct exec *ex, int fd);

/* A completion of an armed call. */
void uring_armed_event(struct uring *uring, const struct io_uring_cqe *cqe,
                       struct exec_ring *ring);
/* Asks the kernel to end the slot's calls. True: there are some. */
bool uring_cancel_all(struct uring *uring, struct uring_slot *slot, int fd);
/* Lets go what was received and accepted, and who waits for more. */
void uring_drop(struct uring *uring, struct uring_slot *slot,
                struct exec_ring *ring);
