/* SPDX-License-Identifier: MIT */
#include "peers/echo.h"

#include "harness/base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct echo_connection *echo_connections_new(struct peer_run *run,
                                             struct diag *diag)
{
    size_t n = run->work->tasks;
    size_t size = run->work->message_bytes;
    struct echo_connection *all = peer_memory(run, n * sizeof(*all));
    unsigned char *messages = peer_memory(run, n * size);
    struct exec *execs = peer_tasks_new(run);
    if (!all || !messages || !execs) {
        limits_no_memory(-ENOMEM, "the connections", diag);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        all[i] = (struct echo_connection){.ex = &execs[i],
                                          .fd = &run->work->fds[i],
                                          .message = messages + i * size};
        int flags = fcntl(*all[i].fd, F_GETFL);
        if (flags < 0 || fcntl(*all[i].fd, F_SETFL, flags | O_NONBLOCK) < 0) {
            int rc = -errno;
            diag_set(diag, rc, "cannot set O_NONBLOCK: %s", strerror(-rc));
            return NULL;
        }
    }
    return all;
}

/* A client that closes with a reply unread resets the connection. */
static int as_end_of_file(int rc)
{
    return rc == -ECONNRESET || rc == -EPIPE ? 0 : rc;
}

void echo_close(struct echo_connection *connection)
{
    close(*connection->fd);
    *connection->fd = -1;
}

/* All of it at once: the client waits for the answer, so there is room in the
 * socket's buffer unless messages are larger than that. */
static int answer(struct echo_connection *connection, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(*connection->fd, connection->message + sent,
                         size - sent, MSG_NOSIGNAL);
        if (n >= 0) {
            sent += (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd poll_fd = {.fd = *connection->fd, .events = POLLOUT};
            poll(&poll_fd, 1, -1);
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

int echo_readable(struct peer_run *run, struct echo_connection *connection)
{
    size_t size = run->work->message_bytes;
    ssize_t n = recv(*connection->fd, connection->message + connection->got,
                     size - connection->got, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 1;
    }
    if (n <= 0) {
        return as_end_of_file(n < 0 ? -errno : 0);
    }
    if (echo_received(run, connection, (size_t)n)) {
        int rc = answer(connection, size);
        if (rc < 0) {
            return as_end_of_file(rc);
        }
        echo_done(connection);
    }
    return 1;
}
