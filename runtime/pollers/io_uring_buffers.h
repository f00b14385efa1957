/* SPDX-License-Identifier: MIT */
/*
 * The buffers that all sockets of one ring receive into. The kernel takes one
 * when bytes arrive; it is a task's until all of them are taken, then the
 * kernel's again. A chain is what one socket has received and nobody has
 * taken.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct io_uring;

#define URING_BUFFERS_GROUP 0
#define URING_BUFFER_BYTES  4096u

struct uring_chain {
    uint16_t first;
    uint16_t last;
    size_t n; /* buffers */
};

struct uring_buffers {
    struct io_uring_buf_ring *ring;
    unsigned char *memory; /* NULL: none */
    struct uring_buffer *buffers;
    unsigned n; /* a power of two */
};

/* Room for a message of each task, within bounds. -ENOMEM: there
 * is none; -EOPNOTSUPP: the kernel takes no such buffers (before Linux 5.19).
 */
int uring_buffers_init(struct uring_buffers *buffers, struct io_uring *ring,
                       size_t tasks);
/* After the end of the ring. */
void uring_buffers_deinit(struct uring_buffers *buffers);

void uring_buffers_append(struct uring_buffers *buffers,
                          struct uring_chain *chain, uint16_t buffer,
                          uint32_t size);
/* Takes up to `size` bytes off a chain that is not empty. */
size_t uring_buffers_take(struct uring_buffers *buffers,
                          struct uring_chain *chain, void *data, size_t size);
/* Gives a buffer back to the kernel. */
void uring_buffers_give(struct uring_buffers *buffers, uint16_t buffer);
/* Gives all of a chain back. */
void uring_buffers_drop(struct uring_buffers *buffers,
                        struct uring_chain *chain);
