/* SPDX-License-Identifier: MIT */
#include "workloads/echo_server.h"

#include "harness/base/cleanup.h"
#include "harness/base/fd_limit.h"
#include "harness/base/must.h"
#include "harness/load/load.h"
#include "workloads/burst.h"
#include "workloads/verify.h"

#include <errno.h>
#include <unistd.h>

const char *echo_server_unsupported(const struct params *params, size_t tasks,
                                    const char *model)
{
    (void)params;
    (void)model;
    return fd_limit_lacks(tasks);
}

int echo_server_prepare(struct workload_run *run, struct echo_server *server,
                        struct diag *diag)
{
    server->message_bytes = (size_t)params_get(run->params, "message_bytes");
    server->fds = must_calloc(run->tasks, sizeof(*server->fds));
    int rc = fd_limit_reserve(run->tasks, diag);
    if (rc < 0) {
        return rc;
    }
    _cleanup_(close_p) int listen_fd = load_listen(diag);
    if (listen_fd < 0) {
        return listen_fd;
    }
    struct load_plan plan = {
        .listen_fd = listen_fd,
        .connections = (uint32_t)run->tasks,
        .message_bytes = (uint32_t)server->message_bytes,
        .rate_per_s = (uint64_t)params_get_or(run->params, "rate_per_s", 0),
        .think_ns = (uint64_t)params_get(run->params, "think_us") * NS_PER_US,
        .pu = run->generator_pu};
    rc = load_start(&plan, &run->load, diag);
    for (; rc == 0 && server->n < run->tasks; server->n++) {
        int fd = load_accept(run->load, diag);
        if (fd < 0) {
            return fd;
        }
        server->fds[server->n] = fd;
    }
    return rc;
}

/* A client that closes with a reply unread resets the connection. */
static int as_end_of_file(ssize_t n)
{
    return n == -ECONNRESET || n == -EPIPE ? 0 : (int)n;
}

/*
 * 1: a message has come; 0: end; or a negative errno.
 *
 * It asks for a byte more than a message has, as servers ask for what their
 * buffer holds: a smaller count then says that nothing is left, and an event
 * loop need not ask once more only to be refused. No client sends more than a
 * message before it has the answer.
 */
static int receive(struct exec *ex, int fd, unsigned char *message, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = exec_recv(ex, fd, message + got, size - got + 1);
        if (n <= 0) {
            return as_end_of_file(n);
        }
        got += (size_t)n;
        if (got > size) {
            return -EBADMSG;
        }
    }
    return 1;
}

/* As receive(): 1 when the reply is sent. */
static int reply(struct exec *ex, int fd, const unsigned char *message,
                 size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = exec_send(ex, fd, message + sent, size - sent);
        if (n <= 0) {
            return as_end_of_file(n);
        }
        sent += (size_t)n;
    }
    return 1;
}

void echo_server_serve(struct exec *ex, struct workload_run *run,
                       struct echo_server *server)
{
    int *fd = &server->fds[ex->index];
    unsigned char *message = must_calloc(1, server->message_bytes + 1);
    uint64_t steps = 0;
    int rc = 0;
    while ((rc = receive(ex, *fd, message, server->message_bytes)) > 0) {
        if (server->iterations > 0) {
            burst_compute(ex, server->iterations);
        }
        rc = reply(ex, *fd, message, server->message_bytes);
        if (rc <= 0) {
            break;
        }
        exec_progress(ex, ++steps);
        (void)exec_safepoint(ex);
    }
    if (rc < 0) {
        workload_fail(ex, run, rc, "serving a connection");
    }
    exec_close(ex, *fd);
    *fd = -1;
    free(message);
}

int echo_server_verify(struct workload_run *run, struct diag *diag)
{
    _cleanup_(free_p) struct load_result *result =
        must_calloc(1, sizeof(*result));
    int rc = load_finish(run->load, result, diag);
    if (rc < 0) {
        return rc;
    }
    if (result->mismatches) {
        return diag_set(diag, -EBADMSG,
                        "%llu replies differ from what was sent",
                        (unsigned long long)result->mismatches);
    }
    uint64_t served = verify_sum_steps(run);
    if (result->replies > served ||
        served - result->replies > result->unanswered) {
        return diag_set(diag, -EBADMSG,
                        "%llu messages were served and %llu replies received",
                        (unsigned long long)served,
                        (unsigned long long)result->replies);
    }
    return 0;
}

void echo_server_cleanup(struct echo_server *server)
{
    for (size_t i = 0; i < server->n; i++) {
        close_p(&server->fds[i]);
    }
    free(server->fds);
}
