/* SPDX-License-Identifier: MIT */
/*
 * libuv: its streams read, and uv_try_write answers, which is its fastest way.
 * What does not go out at once (messages larger than the socket's buffer)
 * goes by uv_write. Jobs go to its pool; a sleep is a timer, which counts in
 * milliseconds.
 */
#include "peers/echo.h"
#include "peers/timing.h"

#include "harness/base/cacheline.h"
#include "harness/base/must.h"

#include <errno.h>
#include <stdlib.h>
#include <uv.h>

struct server {
    struct peer_run *run;
    int failed;
};

struct stream {
    uv_tcp_t tcp; /* first */
    uv_write_t write;
    struct server *server;
    struct echo_connection *connection;
};

/* Right into the message, as far as it is missing. */
static void allocate(uv_handle_t *handle, size_t wanted, uv_buf_t *ret)
{
    struct stream *stream = (struct stream *)handle;
    struct echo_connection *connection = stream->connection;
    size_t size = stream->server->run->work->message_bytes;
    (void)wanted;
    *ret = uv_buf_init((char *)connection->message + connection->got,
                       (unsigned)(size - connection->got));
}

static void end(struct stream *stream, int rc)
{
    bool fine = rc == UV_EOF || rc == UV_ECONNRESET || rc == UV_EPIPE;
    if (!fine) {
        stream->server->failed = rc;
    }
    *stream->connection->fd = -1;
    uv_close((uv_handle_t *)stream, NULL);
}

static void written(uv_write_t *write, int rc)
{
    struct stream *stream = (struct stream *)write->handle;
    if (rc < 0) {
        end(stream, rc);
    } else {
        echo_done(stream->connection);
    }
}

static void answer(struct stream *stream)
{
    struct echo_connection *connection = stream->connection;
    size_t size = stream->server->run->work->message_bytes;
    uv_buf_t buffer = uv_buf_init((char *)connection->message, (unsigned)size);
    int n = uv_try_write((uv_stream_t *)stream, &buffer, 1);
    if (n == (int)size) {
        echo_done(connection);
        return;
    }
    if (n < 0 && n != UV_EAGAIN) {
        end(stream, n);
        return;
    }
    size_t sent = n < 0 ? 0 : (size_t)n;
    buffer = uv_buf_init((char *)connection->message + sent,
                         (unsigned)(size - sent));
    int rc =
        uv_write(&stream->write, (uv_stream_t *)stream, &buffer, 1, written);
    if (rc < 0) {
        end(stream, rc);
    }
}

static void received(uv_stream_t *handle, ssize_t n, const uv_buf_t *buffer)
{
    struct stream *stream = (struct stream *)handle;
    (void)buffer;
    if (n < 0) {
        end(stream, (int)n);
    } else if (n > 0 && echo_received(stream->server->run, stream->connection,
                                      (size_t)n)) {
        answer(stream);
    }
}

static int adopt(uv_loop_t *loop, struct stream *stream)
{
    int rc = uv_tcp_init(loop, &stream->tcp);
    rc = rc < 0 ? rc : uv_tcp_open(&stream->tcp, *stream->connection->fd);
    return rc < 0 ? rc
                  : uv_read_start((uv_stream_t *)stream, allocate, received);
}

static int serve(struct server *server, uv_loop_t *loop,
                 struct echo_connection *connections, struct diag *diag)
{
    size_t n = server->run->work->tasks;
    struct stream *all = must_calloc(n, sizeof(*all));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        all[i].server = server;
        all[i].connection = &connections[i];
        rc = adopt(loop, &all[i]);
    }
    if (rc < 0) {
        diag_set(diag, rc, "libuv cannot use a connection: %s",
                 uv_strerror(rc));
    } else if (peer_ready(server->run)) {
        uv_run(loop, UV_RUN_DEFAULT); /* until no handle is left */
    }
    free(all);
    return rc < 0 ? rc : server->failed;
}

static int libuv_echo(struct peer_run *run, struct diag *diag)
{
    struct server server = {.run = run};
    struct echo_connection *connections = echo_connections_new(run, diag);
    uv_loop_t loop;
    if (!connections) {
        return -EAGAIN;
    }
    int rc = uv_loop_init(&loop);
    if (rc < 0) {
        return diag_set(diag, rc, "libuv cannot make its loop: %s",
                        uv_strerror(rc));
    }
    rc = serve(&server, &loop, connections, diag);
    uv_loop_close(&loop); /* busy after a failure; the process ends anyway */
    return rc;
}

/* A task that has a job in libuv's pool of threads at any time. */
struct offloader {
    uv_work_t work; /* first */
    struct peer_run *run;
    struct exec *ex;
    uint64_t steps;
};

static void do_job(uv_work_t *work)
{
    struct offloader *task = (struct offloader *)work;
    struct exec here = {.breaker = 0};
    task->run->work->job(&here, task->run->work->run, task->ex->index);
}

static void job_done(uv_work_t *work, int status)
{
    struct offloader *task = (struct offloader *)work;
    (void)status;
    exec_progress(task->ex, ++task->steps);
    if (exec_safepoint(task->ex)) {
        uv_queue_work(work->loop, work, do_job, job_done);
    }
}

static void do_nothing(uv_work_t *work)
{
    (void)work;
}

static void nothing_done(uv_work_t *work, int status)
{
    (void)work;
    (void)status;
}

/* The pool starts its threads with the first job; they inherit the binding. */
static int start_pool(struct peer_run *run, uv_loop_t *loop, struct diag *diag)
{
    uv_work_t nothing;
    int rc = peer_unbind(run, diag);
    if (rc == 0) {
        rc = uv_queue_work(loop, &nothing, do_nothing, nothing_done);
        uv_run(loop, UV_RUN_DEFAULT);
    }
    return rc < 0 ? rc : peer_bind(run, diag);
}

static int libuv_offload(struct peer_run *run, struct diag *diag)
{
    size_t n = run->work->tasks;
    struct offloader *tasks = peer_memory(run, n * sizeof(*tasks));
    struct exec *execs = peer_tasks_new(run);
    uv_loop_t loop;
    if (!tasks || !execs || uv_loop_init(&loop) < 0) {
        return diag_set(diag, -ENOMEM, "libuv cannot make its loop");
    }
    int rc = start_pool(run, &loop, diag);
    if (rc == 0 && peer_ready(run)) {
        for (size_t i = 0; i < n; i++) {
            tasks[i].run = run;
            tasks[i].ex = &execs[i];
            uv_queue_work(&loop, &tasks[i].work, do_job, job_done);
        }
        uv_run(&loop, UV_RUN_DEFAULT); /* until no job is left */
    }
    uv_loop_close(&loop);
    return rc;
}

static struct timing timing;
static uv_loop_t timing_loop;

static void expired(uv_timer_t *timer);

static void set(void *timer, uint64_t ns)
{
    uint64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;
    uv_timer_start(timer, expired, ms, 0);
}

static void cancel(void *timer)
{
    uv_timer_stop(timer);
}

static void update(void)
{
    uv_update_time(&timing_loop);
}

static void turn(bool wait)
{
    uv_run(&timing_loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

static const struct timing_library library = {
    .set = set, .cancel = cancel, .update = update, .turn = turn};

static void expired(uv_timer_t *timer)
{
    timing_expired(&timing, &library, timer);
}

static int libuv_timers(struct peer_run *run, struct diag *diag)
{
    int rc = timing_init(&timing, run, sizeof(uv_timer_t), diag);
    if (rc < 0 || uv_loop_init(&timing_loop) < 0) {
        return rc < 0 ? rc
                      : diag_set(diag, -EAGAIN, "libuv cannot make its loop");
    }
    for (size_t i = 0; i <= run->work->tasks; i++) {
        uv_timer_init(&timing_loop, timing_timer(&timing, i));
    }
    timing_run(&timing, &library);
    for (size_t i = 0; i <= run->work->tasks; i++) {
        uv_close(timing_timer(&timing, i), NULL);
    }
    uv_run(&timing_loop, UV_RUN_DEFAULT); /* until no handle is left */
    must(uv_loop_close(&timing_loop) == 0);
    return 0;
}

const struct peer peer_libuv = {
    .unit = {.name = "libuv",
             .summary = "libuv, a stream a connection; jobs in its pool, "
                        "timers in its heap"},
    .work = {[NATIVE_ECHO] = libuv_echo,
             [NATIVE_OFFLOAD] = libuv_offload,
             [NATIVE_SLEEP] = libuv_timers,
             [NATIVE_TIMER] = libuv_timers},
};
