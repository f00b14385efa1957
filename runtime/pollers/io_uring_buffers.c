/* SPDX-License-Identifier: MIT */
#include "runtime/pollers/io_uring_buffers.h"

#include "harness/base/must.h"

#include <errno.h>
#include <liburing.h>
#include <string.h>
#include <sys/mman.h>

#define BUFFERS_LEAST 64u
#define BUFFERS_MOST  4096u

struct uring_buffer {
    uint32_t at; /* first byte not taken */
    uint32_t end;
    uint16_t next; /* in the chain */
};

static unsigned char *memory_of(const struct uring_buffers *buffers,
                                uint16_t buffer)
{
    return buffers->memory + (size_t)buffer * URING_BUFFER_BYTES;
}

/* Puts it `ahead` of what the kernel has been told of. */
static void add(struct uring_buffers *buffers, uint16_t buffer, unsigned ahead)
{
    io_uring_buf_ring_add(buffers->ring, memory_of(buffers, buffer),
                          URING_BUFFER_BYTES, buffer,
                          io_uring_buf_ring_mask(buffers->n), (int)ahead);
}

/* The buffers, and behind them the ring, which wants a page of its own. */
static size_t mapped_bytes(unsigned n)
{
    return n * (URING_BUFFER_BYTES + sizeof(struct io_uring_buf));
}

static int register_ring(struct uring_buffers *buffers, struct io_uring *ring)
{
    struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)buffers->ring,
                                   .ring_entries = buffers->n,
                                   .bgid = URING_BUFFERS_GROUP};
    return io_uring_register_buf_ring(ring, &reg, 0);
}

int uring_buffers_init(struct uring_buffers *buffers, struct io_uring *ring,
                       size_t tasks)
{
    unsigned n = BUFFERS_LEAST;
    while (n < tasks && n < BUFFERS_MOST) {
        n *= 2;
    }
    *buffers = (struct uring_buffers){.n = n};
    buffers->memory = mmap(NULL, mapped_bytes(n), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffers->memory == MAP_FAILED) {
        *buffers = (struct uring_buffers){0};
        return -ENOMEM;
    }
    buffers->ring = (void *)(buffers->memory + (size_t)n * URING_BUFFER_BYTES);
    int rc = register_ring(buffers, ring);
    if (rc < 0) {
        uring_buffers_deinit(buffers);
        return -EOPNOTSUPP;
    }
    buffers->buffers = must_calloc(n, sizeof(*buffers->buffers));
    io_uring_buf_ring_init(buffers->ring);
    for (unsigned i = 0; i < n; i++) {
        add(buffers, (uint16_t)i, i);
    }
    io_uring_buf_ring_advance(buffers->ring, (int)n);
    return 0;
}

void uring_buffers_deinit(struct uring_buffers *buffers)
{
    if (buffers->memory) {
        munmap(buffers->memory, mapped_bytes(buffers->n));
        free(buffers->buffers);
        *buffers = (struct uring_buffers){0};
    }
}

void uring_buffers_give(struct uring_buffers *buffers, uint16_t buffer)
{
    add(buffers, buffer, 0);
    io_uring_buf_ring_advance(buffers->ring, 1);
}

void uring_buffers_append(struct uring_buffers *buffers,
                          struct uring_chain *chain, uint16_t buffer,
                          uint32_t size)
{
    buffers->buffers[buffer] = (struct uring_buffer){.end = size};
    if (chain->n++ > 0) {
        buffers->buffers[chain->last].next = buffer;
    } else {
        chain->first = buffer;
    }
    chain->last = buffer;
}

static void drop_first(struct uring_buffers *buffers, struct uring_chain *chain)
{
    uint16_t first = chain->first;
    chain->first = buffers->buffers[first].next;
    chain->n--;
    uring_buffers_give(buffers, first);
}

size_t uring_buffers_take(struct uring_buffers *buffers,
                          struct uring_chain *chain, void *data, size_t size)
{
    size_t taken = 0;
    while (taken < size && chain->n > 0) {
        struct uring_buffer *first = &buffers->buffers[chain->first];
        size_t n = first->end - first->at;
        n = n < size - taken ? n : size - taken;
        memcpy((unsigned char *)data + taken,
               memory_of(buffers, chain->first) + first->at, n);
        first->at += (uint32_t)n;
        taken += n;
        if (first->at == first->end) {
            drop_first(buffers, chain);
        }
    }
    return taken;
}

void uring_buffers_drop(struct uring_buffers *buffers,
                        struct uring_chain *chain)
{
    while (chain->n > 0) {
        drop_first(buffers, chain);
    }
}
