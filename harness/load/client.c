/* SPDX-License-Identifier: MIT */
/*
 * The client's process: one thread, one epoll, N connections to 127.0.0.1.
 *
 * A connection has at most one request in flight. It is idle, or sends (until
 * the whole message has left), or receives (until as many bytes have come
 * back). Descriptors are registered once, edge-triggered in both directions;
 * after each event whatever can be done is done until EAGAIN.
 *
 * The grid of the open loop: request k starts at start + k / rate on
 * connection k mod N. `due` counts a connection's requests whose time has
 * come and that could not be sent yet.
 */
#include "harness/load/client.h"

#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS         64
#define CONTROL        UINT32_MAX
#define AHEAD_MAX      512 /* connections not yet accepted */
#define DRAIN_LIMIT_NS (100 * NS_PER_MS)
#define SCRATCH_BYTES  (64u * 1024)
#define PATTERN_SPAN   4096u /* different messages */

struct connection {
    int fd;
    uint32_t index;
    uint32_t sent_bytes;
    uint32_t received_bytes;
    uint64_t sequence; /* requests begun */
    uint64_t due;      /* open loop: time has come, not begun */
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
    unsigned char *pattern; /* message_bytes + PATTERN_SPAN */
    unsigned char *scratch;
    int epoll_fd;
    uint64_t start_ns; /* 0: not started */
    uint64_t next;     /* open loop: the next request of the grid */
    uint64_t in_flight;
    uint64_t drain_until_ns; /* 0: not draining */
    bool orphaned;           /* the control channel is closed */
};

static uint32_t client_phase(const struct client *client)
{
    return atomic_load_explicit(&client->shared->phase, memory_order_relaxed);
}

static bool is_open_loop(const struct client *client)
{
    return client->plan->rate_per_s > 0;
}

/* When request k of the grid is meant to start. */
static uint64_t grid_ns(const struct client *client, uint64_t k)
{
    return client->start_ns + (uint64_t)((unsigned __int128)k * NS_PER_S /
                                         client->plan->rate_per_s);
}

/* What the connection's current request says: a stretch of random bytes that
 * is another one for each request and each neighbour. */
static const unsigned char *message(const struct client *client,
                                    const struct connection *connection)
{
    uint64_t at = connection->index * UINT64_C(61) + connection->sequence;
    return client->pattern + at % PATTERN_SPAN;
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

static int connection_begin(struct client *client,
                            struct connection *connection, uint64_t now_ns)
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
        want = want < SCRATCH_BYTES ? want : SCRATCH_BYTES;
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

static int connection_event(struct client *client,
                            struct connection *connection, uint32_t events)
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

/* Waits while the server has more than AHEAD_MAX connections to accept: what
 * overflows the backlog is only tried again after a second. */
static void await_accepts(const struct client *client, uint32_t connected)
{
    while (connected - atomic_load_explicit(&client->shared->accepted,
                                            memory_order_relaxed) >
           AHEAD_MAX) {
        clock_sleep_until(clock_now_ns() + 100 * NS_PER_US);
    }
}

static int client_connect_one(struct client *client, uint32_t index)
{
    struct connection *connection = &client->connections[index];
    *connection = (struct connection){
        .index = index,
        .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
    };
    if (connection->fd < 0) {
        return -errno;
    }
    const struct sockaddr_in *server = &client->plan->server;
    if (connect(connection->fd, (const struct sockaddr *)server,
                sizeof(*server)) < 0) {
        return -errno;
    }
    int one = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                .data.u32 = index};
    if (epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) <
        0) {
        return -errno;
    }
    return 0;
}

static int client_connect(struct client *client)
{
    for (uint32_t i = 0; i < client->plan->connections; i++) {
        await_accepts(client, i);
        int rc = client_connect_one(client, i);
        if (rc < 0) {
            return diag_set(&client->shared->error, rc,
                            "cannot make connection %u of %u: %s", i + 1,
                            client->plan->connections, strerror(-rc));
        }
    }
    return 0;
}

/* First requests; in the open loop the grid makes them. */
static int client_begin(struct client *client)
{
    client->start_ns = clock_now_ns();
    for (uint32_t i = 0; i < client->plan->connections; i++) {
        if (is_open_loop(client)) {
            break;
        }
        int rc =
            connection_begin(client, &client->connections[i], clock_now_ns());
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

/* Begins what the grid has due by now, on connections that are idle. */
static int client_send_due(struct client *client)
{
    uint64_t now_ns = clock_now_ns();
    while (grid_ns(client, client->next) <= now_ns) {
        uint64_t k = client->next++;
        struct connection *connection =
            &client->connections[k % client->plan->connections];
        connection->due++;
        if (connection->busy) {
            continue;
        }
        int rc = connection_begin(client, connection, clock_now_ns());
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

/* Empties the control channel. */
static void client_control(struct client *client)
{
    char bytes[16];
    ssize_t n =
        recv(client->plan->control_fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    client->orphaned = n == 0 || (n < 0 && errno != EAGAIN);
}

/* Acts on the phase: start, go on, or drain. */
static int client_obey(struct client *client)
{
    uint32_t phase = client_phase(client);
    if (phase == EXEC_DRAIN + 1) {
        if (!client->drain_until_ns) {
            client->drain_until_ns = clock_now_ns() + DRAIN_LIMIT_NS;
        }
        return 0;
    }
    if (phase != LOAD_NOT_STARTED && !client->start_ns) {
        int rc = client_begin(client);
        if (rc < 0) {
            return rc;
        }
    }
    return is_open_loop(client) && client->start_ns ? client_send_due(client)
                                                    : 0;
}

/* Sleeps until something is to be done; returns the number of events. */
static int client_wait(const struct client *client, struct epoll_event *events)
{
    uint64_t until_ns = client->drain_until_ns;
    if (!until_ns && is_open_loop(client) && client->start_ns) {
        until_ns = grid_ns(client, client->next);
    }
    uint64_t now_ns = until_ns ? clock_now_ns() : 0;
    struct timespec left =
        timespec_of_ns(until_ns > now_ns ? until_ns - now_ns : 0);
    int n = epoll_pwait2(client->epoll_fd, events, EVENTS,
                         until_ns ? &left : NULL, NULL);
    must(n >= 0 || errno == EINTR);
    return n < 0 ? 0 : n;
}

static bool client_is_over(const struct client *client)
{
    return client->orphaned || (client->drain_until_ns &&
                                (client->in_flight == 0 ||
                                 clock_now_ns() >= client->drain_until_ns));
}

static int client_loop(struct client *client)
{
    struct epoll_event events[EVENTS];
    while (!client_is_over(client)) {
        int n = client_wait(client, events);
        for (int i = 0; i < n; i++) {
            uint32_t index = events[i].data.u32;
            int rc = 0;
            if (index == CONTROL) {
                client_control(client);
            } else {
                rc = connection_event(client, &client->connections[index],
                                      events[i].events);
            }
            if (rc < 0) {
                return rc;
            }
        }
        int rc = client_obey(client);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

/* What is still in flight, and what was due before the drain and never begun.
 */
static void client_count_unanswered(struct client *client)
{
    uint64_t begun = 0;
    for (uint32_t i = 0; i < client->plan->connections; i++) {
        begun += client->connections[i].sequence;
    }
    uint64_t due = begun;
    if (is_open_loop(client) && client->start_ns && client->drain_until_ns) {
        uint64_t ran_ns =
            client->drain_until_ns - DRAIN_LIMIT_NS - client->start_ns;
        due = 1 + (uint64_t)((unsigned __int128)ran_ns *
                             client->plan->rate_per_s / NS_PER_S);
    }
    client->result->unanswered =
        client->in_flight + (due > begun ? due - begun : 0);
}

static void client_init(struct client *client)
{
    size_t size = (size_t)client->plan->message_bytes + PATTERN_SPAN;
    client->pattern = must_calloc(size, 1);
    struct rng rng = {.state = 1};
    for (size_t i = 0; i < size; i++) {
        client->pattern[i] = (unsigned char)rng_next(&rng);
    }
    client->scratch = must_calloc(SCRATCH_BYTES, 1);
    client->connections =
        must_calloc(client->plan->connections, sizeof(*client->connections));
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    must(client->epoll_fd >= 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = CONTROL};
    must(epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, client->plan->control_fd,
                   &event) == 0);
}

int client_run(const struct client_plan *plan, struct load_shared *shared)
{
    struct client client = {
        .plan = plan, .shared = shared, .result = &shared->result};
    client_init(&client);
    int rc = client_connect(&client);
    if (rc == 0) {
        rc = client_loop(&client);
    }
    if (rc == 0) {
        client_count_unanswered(&client);
    }
    /* The end of the process closes the connections and frees the rest. */
    return rc;
}
