/* SPDX-License-Identifier: MIT */
/*
 * One connection of the client, and the client as its connections see it.
 *
 * A connection has at most one request in flight. It is idle, or sends (until
 * the whole message has left), or receives (until as many bytes have come
 * back). Descriptors are registered once, edge-triggered in both directions;
 * after each event whatever can be done is done until EAGAIN.
 */
#pragma once

#include "harness/base/clock.h"
#include "harness/load/client.h"

#include <stdbool.h>
#include <stdint.h>

#define CLIENT_SCRATCH_BYTES (64u * 1024)
#define CLIENT_PATTERN_SPAN  4096u /* different messages */

struct connection {
    int fd;
    uint32_t index;
    uint32_t sent_bytes;
    uint32_t received_bytes;
    uint64_t sequence; /* requests begun */
    uint64_t due;      /* open loop: time has come, not begun */
    uint64_t wake_ns;  /* in the queue: end of the time to think */
    uint64_t intended_ns;
    uint64_t sent_ns;
    bool busy;
    bool differs; /* the reply so far is not what was sent */
};

struct client {
    const struct client_plan *plan;
    struct load_shared *shared;
    struct load_result *result;
    struct connection *connections;
    unsigned char *pattern; /* message_bytes + CLIENT_PATTERN_SPAN */
    unsigned char *scratch; /* CLIENT_SCRATCH_BYTES */
    int epoll_fd;
    uint32_t source;     /* connects from 127.0.0.1 + source */
    uint32_t ahead_most; /* connections made and not yet accepted */
    uint64_t start_ns;   /* 0: not started */
    uint64_t next;       /* open loop: the next request of the grid */
    uint32_t *thinking;  /* ring of connections' indices, one for each */
    uint32_t think_head;
    uint32_t think_n;
    uint64_t in_flight;
    uint64_t drain_until_ns; /* 0: not draining */
    bool orphaned;           /* the control channel is closed */
};

static inline uint32_t client_phase(const struct client *client)
{
    return atomic_load_explicit(&client->shared->phase, memory_order_relaxed);
}

static inline bool is_open_loop(const struct client *client)
{
    return client->plan->rate_per_s > 0;
}

/* When request k of the grid is meant to start. */
static inline uint64_t grid_ns(const struct client *client, uint64_t k)
{
    return client->start_ns + (uint64_t)((unsigned __int128)k * NS_PER_S /
                                         client->plan->rate_per_s);
}

/* Sends the next request of an idle connection. All return 0, or a negative
 * errno with the reason in `client->shared->error`. */
int connection_begin(struct client *client, struct connection *connection,
                     uint64_t now_ns);

/* Does what epoll's events allow. */
int connection_event(struct client *client, struct connection *connection,
                     uint32_t events);
