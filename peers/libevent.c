/* SPDX-License-Identifier: MIT */
/* libevent: a persistent event a connection, without its buffers. */
#include "peers/echo.h"

#include "harness/base/must.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

struct server {
    struct peer_run *run;
    int failed;
};

struct watched {
    struct server *server;
    struct echo_connection *connection;
    struct event *event;
};

static void readable(evutil_socket_t fd, short events, void *arg)
{
    struct watched *watched = arg;
    struct server *server = watched->server;
    int rc = echo_readable(server->run, watched->connection);
    (void)fd;
    (void)events;
    if (rc <= 0) {
        event_del(watched->event);
        echo_close(watched->connection);
        server->failed = rc < 0 ? rc : server->failed;
    }
}

static int watch(struct server *server, struct event_base *base,
                 struct watched *watched)
{
    watched->server = server;
    watched->event = event_new(base, *watched->connection->fd,
                               EV_READ | EV_PERSIST, readable, watched);
    return watched->event && event_add(watched->event, NULL) == 0 ? 0 : -EAGAIN;
}

static int serve(struct server *server, struct event_base *base,
                 struct echo_connection *connections, struct diag *diag)
{
    size_t n = server->run->work->tasks;
    struct watched *all = must_calloc(n, sizeof(*all));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        all[i].connection = &connections[i];
        rc = watch(server, base, &all[i]);
    }
    if (rc < 0) {
        diag_set(diag, rc, "libevent cannot watch a connection");
    } else if (peer_ready(server->run)) {
        event_base_dispatch(base); /* until no event is left */
    }
    for (size_t i = 0; i < n; i++) {
        if (all[i].event) {
            event_free(all[i].event);
        }
    }
    free(all);
    return rc < 0 ? rc : server->failed;
}

static int libevent_echo(struct peer_run *run, struct diag *diag)
{
    struct server server = {.run = run};
    struct echo_connection *connections = echo_connections_new(run, diag);
    if (!connections) {
        return -EAGAIN;
    }
    struct event_base *base = event_base_new();
    if (!base) {
        return diag_set(diag, -EAGAIN, "libevent cannot make its base");
    }
    int rc = serve(&server, base, connections, diag);
    event_base_free(base);
    return rc;
}

const struct peer peer_libevent = {
    .unit = {.name = "libevent",
             .summary = "libevent, an event a connection, without its buffers"},
    .work = {[NATIVE_ECHO] = libevent_echo},
};
