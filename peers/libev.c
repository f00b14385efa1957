/* SPDX-License-Identifier: MIT */
/* libev: a watcher a connection, whose callback receives and answers. */
#include "peers/echo.h"

#include "harness/base/must.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>

struct watched {
    ev_io watcher; /* first */
    struct echo_connection *connection;
};

struct server {
    struct peer_run *run;
    size_t open;
    int failed;
};

static void readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct server *server = ev_userdata(loop);
    struct watched *watched = (struct watched *)watcher;
    int rc = echo_readable(server->run, watched->connection);
    (void)events;
    if (rc <= 0) {
        ev_io_stop(loop, watcher);
        echo_close(watched->connection);
        server->open--;
        server->failed = rc < 0 ? rc : server->failed;
    }
}

static void serve(struct server *server, struct ev_loop *loop,
                  struct echo_connection *connections)
{
    size_t n = server->run->work->tasks;
    struct watched *all = must_calloc(n, sizeof(*all));
    ev_set_userdata(loop, server);
    for (size_t i = 0; i < n; i++) {
        all[i].connection = &connections[i];
        ev_io_init(&all[i].watcher, readable, *connections[i].fd, EV_READ);
        ev_io_start(loop, &all[i].watcher);
    }
    if (peer_ready(server->run)) {
        ev_run(loop, 0); /* until no watcher is left */
    }
    free(all);
}

static int libev_echo(struct peer_run *run, struct diag *diag)
{
    struct server server = {.run = run, .open = run->work->tasks};
    struct echo_connection *connections = echo_connections_new(run, diag);
    if (!connections) {
        return -EAGAIN;
    }
    struct ev_loop *loop = ev_loop_new(EVBACKEND_EPOLL);
    if (!loop) {
        return diag_set(diag, -EAGAIN, "libev cannot make its loop");
    }
    serve(&server, loop, connections);
    ev_loop_destroy(loop);
    return server.failed;
}

const struct peer peer_libev = {
    .unit = {.name = "libev", .summary = "libev, a watcher a connection"},
    .work = {[NATIVE_ECHO] = libev_echo},
};
