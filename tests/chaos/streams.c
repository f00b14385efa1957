/* SPDX-License-Identifier: MIT */
/* Bytes from one task to another, in pieces of any size; either end may vanish
 * at any byte, and there may be no descriptor to begin with. */
#undef NDEBUG
#include "tests/chaos/chaos.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 600, BYTES = 20000 };

struct end {
    struct chaos_task *task;
    int fd;
    size_t bytes; /* after so many it goes away */
    size_t moved;
    bool shut; /* somebody else has cut the stream */
    bool pipe;
};

static unsigned char pattern(size_t at)
{
    return (unsigned char)(at * 31 + (at >> 8));
}

/* What a stream may answer when its other end is gone. */
static bool is_gone(ssize_t rc)
{
    return rc == -EPIPE || rc == -ECONNRESET || rc == -ENOTCONN;
}

static void send_all(struct exec *ex, void *arg)
{
    struct end *end = arg;
    unsigned char piece[PIECE];
    ssize_t n = 0;
    while (end->moved < end->bytes && n >= 0) {
        size_t size = 1 + chaos_below(end->task, PIECE);
        size = size < end->bytes - end->moved ? size : end->bytes - end->moved;
        for (size_t i = 0; i < size; i++) {
            piece[i] = pattern(end->moved + i);
        }
        n = end->pipe ? exec_write(ex, end->fd, piece, size)
                      : exec_send(ex, end->fd, piece, size);
        assert(n > 0 || is_gone(n));
        end->moved += n > 0 ? (size_t)n : 0;
    }
    exec_close(ex, end->fd);
}

static void receive_all(struct exec *ex, void *arg)
{
    struct end *end = arg;
    unsigned char piece[PIECE];
    ssize_t n = 1;
    while (end->moved < end->bytes && n > 0) {
        size_t size = 1 + chaos_below(end->task, PIECE);
        n = end->pipe ? exec_read(ex, end->fd, piece, size)
                      : exec_recv(ex, end->fd, piece, size);
        assert(n >= 0 || is_gone(n));
        for (ssize_t i = 0; i < n; i++) {
            assert(piece[i] == pattern(end->moved + (size_t)i));
        }
        end->moved += n > 0 ? (size_t)n : 0;
    }
    exec_close(ex, end->fd);
}

static int child(struct exec *ex, exec_fn *fn, struct end *end,
                 struct exec_child **ret)
{
    int rc = exec_spawn(ex, fn, end, ret);
    assert(rc == 0 || rc == -EAGAIN);
    if (rc < 0) {
        exec_close(ex, end->fd);
    }
    return rc;
}

/* Both ends to two children, and perhaps a cut in the middle. */
static void run_stream(struct exec *ex, struct chaos_task *task, int from,
                       int to, bool is_pipe)
{
    bool short_write = chaos_below(task, 4) == 0;
    bool short_read = chaos_below(task, 4) == 0;
    struct end out = {.task = task, .fd = from, .pipe = is_pipe};
    struct end in = {.task = task, .fd = to, .pipe = is_pipe};
    out.bytes = short_write ? chaos_below(task, BYTES) : BYTES;
    in.bytes = short_read ? chaos_below(task, BYTES) : SIZE_MAX;
    struct exec_child *writer = NULL;
    struct exec_child *reader = NULL;
    int w = child(ex, send_all, &out, &writer);
    int r = child(ex, receive_all, &in, &reader);
    bool cut = !is_pipe && w == 0 && r == 0 && chaos_below(task, 4) == 0;
    if (cut) {
        exec_yield(ex);
        shutdown(out.moved < out.bytes ? from : -1, SHUT_RDWR);
    }
    if (w == 0) {
        exec_join(ex, writer);
    }
    if (r == 0) {
        exec_join(ex, reader);
    }
    assert(in.moved <= out.moved);
    if (!cut && !short_read && w == 0 && r == 0) {
        assert(in.moved == out.bytes);
    }
}

/* A pair of connected descriptors; false: there are none left. */
static bool make_pair(struct chaos_task *task, int fds[2], bool *ret_pipe)
{
    *ret_pipe = chaos_below(task, 3) == 0;
    int rc = *ret_pipe ? pipe(fds) : socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    assert(rc == 0 || errno == EMFILE);
    if (rc == 0 && *ret_pipe) { /* the reading end comes first */
        int reader = fds[0];
        fds[0] = fds[1];
        fds[1] = reader;
    } else if (rc == 0) {
        int size = 4096; /* small, so that senders have to wait */
        setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    return rc == 0;
}

void chaos_stream(struct exec *ex, struct chaos_task *task)
{
    int fds[2];
    bool is_pipe;
    if (make_pair(task, fds, &is_pipe)) {
        run_stream(ex, task, fds[0], fds[1], is_pipe);
    }
}

static int new_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(fd >= 0 || errno == EMFILE);
    return fd;
}

/* Connects to a listening socket of its own. -1: no descriptors. */
static int connect_to(int listener)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    int fd = new_socket();
    if (fd >= 0) {
        must(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
        while (connect(fd, (struct sockaddr *)&address, size) < 0) {
            assert(errno == EINTR || errno == EALREADY || errno == EISCONN);
            if (errno == EISCONN) {
                break;
            }
        }
    }
    return fd;
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = new_socket();
    if (fd >= 0) {
        must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
        must(listen(fd, 4) == 0);
    }
    return fd;
}

/* A client that goes away with a reset, not with an end of file. */
static void set_reset(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

void chaos_accept(struct exec *ex, struct chaos_task *task)
{
    int listener = listen_anywhere();
    int client = listener < 0 ? -1 : connect_to(listener);
    int server = client < 0 ? -1 : exec_accept(ex, listener);
    assert(client < 0 || server >= 0 || server == -EMFILE ||
           server == -ECONNABORTED);
    if (server >= 0 && chaos_below(task, 3) == 0) {
        char byte;
        set_reset(client);
        close(client);
        ssize_t n = exec_recv(ex, server, &byte, 1);
        assert(n == -ECONNRESET || n == 0);
        exec_close(ex, server);
    } else if (server >= 0) {
        run_stream(ex, task, client, server, false);
    } else if (client >= 0) {
        close(client);
    }
    if (listener >= 0) {
        exec_close(ex, listener);
    }
}
