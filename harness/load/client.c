/* SPDX-License-Identifier: MIT */
/*
 * The client's process: one thread, one epoll, N connections to 127.0.0.1.
 *
 * The grid of the open loop: request k starts at start + k / rate on
 * connection k mod N. `due` counts a connection's requests whose time has
 * come and that could not be sent yet.
 *
 * In the closed loop with a time to think, connections wait in a queue: all
 * think for the same time, so they go on in the order in which they came.
 */
#include "harness/load/client.h"

#include "harness/base/cleanup.h"
#include "harness/base/epoll_ns.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "harness/load/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS         64
#define CONTROL        UINT32_MAX
#define AHEAD_MAX      512u /* connections not yet accepted */
#define SOURCES_MAX    250u /* addresses to connect from */
#define DRAIN_LIMIT_NS (100 * NS_PER_MS)

/* How many connections may wait to be accepted: the kernel keeps at most
 * somaxconn of them. */
static uint32_t ahead_most(void)
{
    unsigned kept = 0;
    _cleanup_(fclose_p) FILE *file =
        fopen("/proc/sys/net/core/somaxconn", "re");
    if (!file || fscanf(file, "%u", &kept) != 1 || kept / 2 > AHEAD_MAX) {
        return AHEAD_MAX;
    }
    return kept / 2;
}

/* Waits while the server has too many connections to accept: what overflows
 * the backlog is only tried again after a second. */
static void await_accepts(const struct client *client, uint32_t connected)
{
    while (connected - atomic_load_explicit(&client->shared->accepted,
                                            memory_order_relaxed) >
           client->ahead_most) {
        clock_sleep_until(clock_now_ns() + 100 * NS_PER_US);
    }
}

/* Connects from 127.0.0.1, or, once its ports towards the server are used up,
 * from the next address of the loopback network. */
static int connect_from(const struct client *client, uint32_t source)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr =
                                   htonl(INADDR_LOOPBACK + source)};
    const struct sockaddr_in *server = &client->plan->server;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    /* The port is chosen by connect(): it need only differ for this server. */
    if ((source > 0 &&
         (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one,
                     sizeof(one)) < 0 ||
          bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0)) ||
        connect(fd, (const struct sockaddr *)server, sizeof(*server)) < 0) {
        int code = -errno;
        close(fd);
        return code;
    }
    return fd;
}

static int connect_anywhere(struct client *client)
{
    int fd = connect_from(client, client->source);
    while (fd == -EADDRNOTAVAIL && client->source + 1 < SOURCES_MAX) {
        fd = connect_from(client, ++client->source);
    }
    return fd;
}

static int client_connect_one(struct client *client, uint32_t index)
{
    struct connection *connection = &client->connections[index];
    *connection = (struct connection){
        .index = index,
        .fd = connect_anywhere(client),
    };
    if (connection->fd < 0) {
        return connection->fd;
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

/* Which limit it was, and what to do. */
static const char *remedy(int code)
{
    switch (-code) {
    case EMFILE:
    case ENFILE:
        return "; raise the limit on open files (ulimit -n, sysctl "
               "fs.file-max)";
    case EADDRNOTAVAIL:
        return "; its ports are used up: widen the range (sysctl "
               "net.ipv4.ip_local_port_range)";
    case ENOBUFS:
    case ENOMEM:
        return "; the kernel has no memory left for sockets (sysctl "
               "net.ipv4.tcp_mem)";
    default:
        return "";
    }
}

static int client_connect(struct client *client)
{
    client->ahead_most = ahead_most();
    for (uint32_t i = 0; i < client->plan->connections; i++) {
        await_accepts(client, i);
        int rc = client_connect_one(client, i);
        if (rc < 0) {
            return diag_set(&client->shared->error, rc,
                            "cannot make connection %u of %u: %s%s", i + 1,
                            client->plan->connections, strerror(-rc),
                            remedy(rc));
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

static struct connection *first_thinking(const struct client *client)
{
    uint32_t at = client->think_head % client->plan->connections;
    return &client->connections[client->thinking[at]];
}

/* Goes on with the connections that have thought long enough. */
static int client_send_thought(struct client *client)
{
    while (client->think_n > 0) {
        struct connection *connection = first_thinking(client);
        uint64_t now_ns = clock_now_ns();
        if (connection->wake_ns > now_ns) {
            break;
        }
        client->think_head =
            (client->think_head + 1) % client->plan->connections;
        client->think_n--;
        int rc = connection_begin(client, connection, now_ns);
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
    if (!client->start_ns) {
        return 0;
    }
    return is_open_loop(client) ? client_send_due(client)
                                : client_send_thought(client);
}

/* When something is to be done even if nothing happens; 0: never. */
static uint64_t wake_time_ns(const struct client *client)
{
    if (client->drain_until_ns) {
        return client->drain_until_ns;
    }
    if (is_open_loop(client) && client->start_ns) {
        return grid_ns(client, client->next);
    }
    return client->think_n > 0 ? first_thinking(client)->wake_ns : 0;
}

/* Sleeps until something is to be done; returns the number of events. */
static int client_wait(const struct client *client, struct epoll_event *events)
{
    uint64_t until_ns = wake_time_ns(client);
    uint64_t now_ns = until_ns ? clock_now_ns() : 0;
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    int n = epoll_wait_ns(client->epoll_fd, events, EVENTS,
                          until_ns ? left_ns : UINT64_MAX);
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

static int client_init(struct client *client)
{
    size_t size = (size_t)client->plan->message_bytes + CLIENT_PATTERN_SPAN;
    client->pattern = must_calloc(size, 1);
    struct rng rng = {.state = 1};
    for (size_t i = 0; i < size; i++) {
        client->pattern[i] = (unsigned char)rng_next(&rng);
    }
    client->scratch = must_calloc(CLIENT_SCRATCH_BYTES, 1);
    client->connections =
        must_calloc(client->plan->connections, sizeof(*client->connections));
    client->thinking =
        must_calloc(client->plan->connections, sizeof(*client->thinking));
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (client->epoll_fd < 0) {
        return diag_set(&client->shared->error, -errno,
                        "cannot make an epoll descriptor: %s%s",
                        strerror(errno), remedy(-errno));
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = CONTROL};
    must(epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, client->plan->control_fd,
                   &event) == 0);
    return 0;
}

int client_run(const struct client_plan *plan, struct load_shared *shared)
{
    struct client client = {
        .plan = plan, .shared = shared, .result = &shared->result};
    int rc = client_init(&client);
    rc = rc < 0 ? rc : client_connect(&client);
    if (rc == 0) {
        rc = client_loop(&client);
    }
    if (rc == 0) {
        client_count_unanswered(&client);
    }
    /* The end of the process closes the connections and frees the rest. */
    return rc;
}
