/* SPDX-License-Identifier: MIT */
/* libev: a watcher a connection, whose callback receives and answers; a timer a
 * sleep. */
#include "peers/echo.h"
#include "peers/timing.h"

#include "harness/base/cacheline.h"
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

static struct timing timing;
static struct ev_loop *timing_loop;

static void set(void *arg, uint64_t ns)
{
    ev_timer *timer = arg;
    ev_timer_set(timer, (double)ns * 1e-9, 0.);
    ev_timer_start(timing_loop, timer);
}

static void cancel(void *timer)
{
    ev_timer_stop(timing_loop, timer);
}

static void update(void)
{
    ev_now_update(timing_loop);
}

static void turn(bool wait)
{
    ev_run(timing_loop, wait ? EVRUN_ONCE : EVRUN_NOWAIT);
}

static const struct timing_library library = {
    .set = set, .cancel = cancel, .update = update, .turn = turn};

static void expired(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    timing_expired(&timing, &library, timer);
}

static int libev_timers(struct peer_run *run, struct diag *diag)
{
    int rc = timing_init(&timing, run, sizeof(ev_timer), diag);
    timing_loop = rc == 0 ? ev_loop_new(EVBACKEND_EPOLL) : NULL;
    if (!timing_loop) {
        return rc < 0 ? rc
                      : diag_set(diag, -EAGAIN, "libev cannot make its loop");
    }
    for (size_t i = 0; i <= run->work->tasks; i++) {
        ev_timer *timer = timing_timer(&timing, i);
        ev_timer_init(timer, expired, 0., 0.);
    }
    timing_run(&timing, &library);
    ev_loop_destroy(timing_loop);
    return 0;
}

const struct peer peer_libev = {
    .unit = {.name = "libev",
             .summary = "libev, a watcher a connection; timers in its heap"},
    .work = {[NATIVE_ECHO] = libev_echo,
             [NATIVE_SLEEP] = libev_timers,
             [NATIVE_TIMER] = libev_timers},
};
