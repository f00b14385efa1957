/* SPDX-License-Identifier: MIT */
#include "harness/load/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* What the connection's current request says: a stretch of random bytes that
 * is another one for each request and each neighbour. */
static const unsigned char *message(const struct client *client,
                                    const struct connection *connection)
{
    uint64_t at = connection->index * UINT64_C(61) + connection->sequence;
    return client->pattern + at % CLIENT_PATTERN_SPAN;
}

static int connection_lost(struct client *client,
                           const struct connection *connection, int code)
{
    if (client->drain_until_ns) {
        return 0; /* too late to matter */
    }
    return diag_set(&client->shared->error, code, "connection %u: %s",
                    connection->index,
                    code == -EPIPE ? "closed by the server" : strerror(-code));
}

static int connection_send(struct client *client, struct connection *connection)
{
    uint32_t size = client->plan->message_bytes;
    while (connection->sent_bytes < size) {
        ssize_t n =
            send(connection->fd,
                 message(client, connection) + connection->sent_bytes,
                 size - connection->sent_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN
                       ? 0
                       : connection_lost(client, connection, -errno);
        }
        connection->sent_bytes += (uint32_t)n;
    }
    return 0;
}

int connection_begin(struct client *client, struct connection *connection,
                     uint64_t now_ns)
{
    uint64_t intended_ns = now_ns;
    if (is_open_loop(client)) {
        uint64_t k = connection->sequence * client->plan->connections;
        intended_ns = grid_ns(client, k + connection->index);
        connection->due--;
    }
    connection->sequence++;
    connection->intended_ns = intended_ns;
    connection->sent_ns = now_ns;
    connection->sent_bytes = 0;
    connection->received_bytes = 0;
    connection->differs = false;
    connection->busy = true;
    client->in_flight++;
    return connection_send(client, connection);
}

static void think(struct client *client, struct connection *connection,
                  uint64_t now_ns)
{
    uint32_t tail = client->think_head + client->think_n++;
    connection->wake_ns = now_ns + client->plan->think_ns;
    client->thinking[tail % client->plan->connections] = connection->index;
}

/* The reply is complete: counts it and goes on with the next request. */
static int connection_end(struct client *client, struct connection *connection)
{
    uint64_t now_ns = clock_now_ns();
    struct load_result *result = client->result;
    connection->busy = false;
    client->in_flight--;
    if (connection->differs) {
        result->mismatches++;
    } else {
        result->replies++;
        if (client_phase(client) == EXEC_MEASURE + 1) {
            hist_record(&result->latency, now_ns - connection->intended_ns);
            if (is_open_loop(client)) {
                hist_record(&result->service, now_ns - connection->sent_ns);
            }
        }
    }
    if (client->drain_until_ns ||
        (is_open_loop(client) && connection->due == 0)) {
        return 0;
    }
    if (client->plan->think_ns && !is_open_loop(client)) {
        think(client, connection, now_ns);
        return 0;
    }
    return connection_begin(client, connection, now_ns);
}

/* Takes `n` bytes that came back. */
static int connection_check(struct client *client,
                            struct connection *connection, size_t n)
{
    if (!connection->busy) {
        client->result->mismatches++; /* nobody asked for these */
        return 0;
    }
    const unsigned char *sent =
        message(client, connection) + connection->received_bytes;
    if (memcmp(client->scratch, sent, n) != 0) {
        connection->differs = true;
    }
    connection->received_bytes += (uint32_t)n;
    if (connection->received_bytes == client->plan->message_bytes) {
        return connection_end(client, connection);
    }
    return 0;
}

/* Reads until nothing is left: the event is edge-triggered. */
static int connection_receive(struct client *client,
                              struct connection *connection)
{
    for (;;) {
        size_t want = connection->busy ? client->plan->message_bytes -
                                             connection->received_bytes
                                       : 1;
        want = want < CLIENT_SCRATCH_BYTES ? want : CLIENT_SCRATCH_BYTES;
        ssize_t n = recv(connection->fd, client->scratch, want, MSG_DONTWAIT);
        if (n < 0) {
            return errno == EAGAIN
                       ? 0
                       : connection_lost(client, connection, -errno);
        }
        if (n == 0) {
            return connection_lost(client, connection, -EPIPE);
        }
        uint64_t sequence = connection->sequence;
        bool was_busy = connection->busy;
        int rc = connection_check(client, connection, (size_t)n);
        if (rc < 0) {
            return rc;
        }
        /* A reply has ended. What follows it can only be an answer to the
         * request just sent, which makes an event of its own. */
        if (was_busy &&
            (!connection->busy || connection->sequence != sequence)) {
            return 0;
        }
    }
}

int connection_event(struct client *client, struct connection *connection,
                     uint32_t events)
{
    if ((events & EPOLLOUT) && connection->busy) {
        int rc = connection_send(client, connection);
        if (rc < 0) {
            return rc;
        }
    }
    return events & ~(uint32_t)EPOLLOUT ? connection_receive(client, connection)
                                        : 0;
}
