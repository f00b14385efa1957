/* SPDX-License-Identifier: MIT */
/* libevent: a persistent event a connection, without its buffers; a timer a
 * sleep, by the precise clock. */
#include "peers/echo.h"
#include "peers/timing.h"

#include "harness/base/must.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
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

static struct timing timing;
static struct event_base *timing_base;

static void set(void *timer, uint64_t ns)
{
    const struct timespec up = timespec_of_ns(ns + NS_PER_US - 1);
    const struct timeval time = {.tv_sec = up.tv_sec,
                                 .tv_usec = up.tv_nsec / (long)NS_PER_US};
    event_add(timer, &time);
}

static void cancel(void *timer)
{
    event_del(timer);
}

static void update(void)
{
    event_base_update_cache_time(timing_base);
}

/* Without ONCE it would look again as long as something has expired, which is
 * for ever where timers come faster than it runs them. */
static void turn(bool wait)
{
    event_base_loop(timing_base, EVLOOP_ONCE | (wait ? 0 : EVLOOP_NONBLOCK));
}

static const struct timing_library library = {
    .set = set, .cancel = cancel, .update = update, .turn = turn};

static void expired(evutil_socket_t fd, short events, void *timer)
{
    (void)fd;
    (void)events;
    timing_expired(&timing, &library, timer);
}

/* By default it has the clock of the last tick, and waits for milliseconds. */
static struct event_base *precise_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;
    if (config &&
        event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0) {
        base = event_base_new_with_config(config);
    }
    if (config) {
        event_config_free(config);
    }
    return base;
}

static int libevent_timers(struct peer_run *run, struct diag *diag)
{
    int rc = timing_init(&timing, run, sizeof(struct event), diag);
    timing_base = rc == 0 ? precise_base() : NULL;
    if (!timing_base) {
        return rc < 0
                   ? rc
                   : diag_set(diag, -EAGAIN, "libevent cannot make its base");
    }
    for (size_t i = 0; i <= run->work->tasks; i++) {
        struct event *timer = timing_timer(&timing, i);
        evtimer_assign(timer, timing_base, expired, timer);
    }
    timing_run(&timing, &library);
    event_base_free(timing_base);
    return 0;
}

const struct peer peer_libevent = {
    .unit = {.name = "libevent",
             .summary = "libevent, an event a connection, without its "
                        "buffers; timers in its heap"},
    .work = {[NATIVE_ECHO] = libevent_echo,
             [NATIVE_SLEEP] = libevent_timers,
             [NATIVE_TIMER] = libevent_timers},
};
