/* SPDX-License-Identifier: MIT */
/*
 * Ping-pong over pipes. Each primary task has a partner, a background task:
 * it writes a message, the partner sends it back, that is one step.
 *
 * The partner of task i is background task i, or the one after where the
 * number of tasks is even: so, on an even number of places, a pair is always
 * on two places (unless all are on one) and never partly so.
 *
 * The end: a primary task that is told to stop closes its pipe; its partner
 * reads end-of-file. All other descriptors stay open until all tasks have
 * returned, so nobody writes into a pipe without a reader.
 */
#include "harness/base/fd_limit.h"
#include "harness/base/must.h"
#include "harness/exec/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    PING_READ, /* the partner reads here */
    PING_WRITE,
    PONG_READ,
    PONG_WRITE,
    PIPE_FDS,
};

struct pipe_pair {
    int fds[PIPE_FDS];
};

struct io_pipe {
    struct pipe_pair *pairs; /* by primary task */
    size_t n;                /* made so far */
    size_t message_bytes;
};

static size_t pair_of_partner(const struct workload_run *run, size_t index)
{
    size_t shift = run->tasks % 2 == 0 ? run->tasks - 1 : 0;
    return (index - run->tasks + shift) % run->tasks;
}

static size_t io_pipe_background(const struct params *params, size_t tasks)
{
    (void)params;
    return tasks;
}

static const char *io_pipe_unsupported(const struct params *params,
                                       size_t tasks, const char *model)
{
    (void)params;
    (void)model;
    return fd_limit_lacks(tasks * PIPE_FDS);
}

static int io_pipe_prepare(struct workload_run *run, struct diag *diag)
{
    struct io_pipe *state = run->state;
    int rc = fd_limit_reserve(run->tasks * PIPE_FDS, diag);
    if (rc < 0) {
        return rc;
    }
    state->message_bytes = (size_t)params_get(run->params, "message_bytes");
    state->pairs = must_calloc(run->tasks, sizeof(*state->pairs));
    for (; state->n < run->tasks; state->n++) {
        int *fds = state->pairs[state->n].fds;
        if (pipe2(fds, O_CLOEXEC) < 0) {
            return diag_set(diag, -errno, "cannot make a pipe: %s",
                            strerror(errno));
        }
        if (pipe2(fds + PONG_READ, O_CLOEXEC) < 0) {
            int code = -errno;
            close(fds[PING_READ]);
            close(fds[PING_WRITE]);
            return diag_set(diag, code, "cannot make a pipe: %s",
                            strerror(-code));
        }
    }
    return 0;
}

/* 1: the whole message; 0: end-of-file before it; or a negative errno. */
static int read_message(struct exec *ex, int fd, unsigned char *data,
                        size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = exec_read(ex, fd, data + got, size - got);
        if (n <= 0) {
            return (int)n;
        }
        got += (size_t)n;
    }
    return 1;
}

static int write_message(struct exec *ex, int fd, const unsigned char *data,
                         size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = exec_write(ex, fd, data + sent, size - sent);
        if (n < 0) {
            return (int)n;
        }
        sent += (size_t)n;
    }
    return 0;
}

/* One round trip of a message that differs from the one before. */
static int ping(struct exec *ex, const struct io_pipe *state,
                const struct pipe_pair *pair, unsigned char *messages,
                uint64_t step)
{
    size_t size = state->message_bytes;
    unsigned char *sent = messages;
    unsigned char *received = messages + size;
    memset(sent, (int)(step % 251), size < 64 ? size : 64);
    int rc = write_message(ex, pair->fds[PING_WRITE], sent, size);
    if (rc < 0) {
        return rc;
    }
    rc = read_message(ex, pair->fds[PONG_READ], received, size);
    if (rc <= 0) {
        return rc < 0 ? rc : -EPIPE;
    }
    return memcmp(sent, received, size) == 0 ? 0 : -EBADMSG;
}

static void primary_main(struct exec *ex, struct workload_run *run)
{
    const struct io_pipe *state = run->state;
    struct pipe_pair *pair = &state->pairs[ex->index];
    unsigned char *messages = must_calloc(2, state->message_bytes);
    memset(messages, 0x5a, state->message_bytes);
    uint64_t steps = 0;
    uint64_t last_ns = clock_now_ns();
    while (exec_safepoint(ex)) {
        int rc = ping(ex, state, pair, messages, steps);
        if (rc < 0) {
            workload_fail(ex, run, rc, "sending a message to and fro");
            break;
        }
        uint64_t now_ns = clock_now_ns();
        exec_record(ex, now_ns - last_ns);
        last_ns = now_ns;
        exec_progress(ex, ++steps);
    }
    exec_close(ex, pair->fds[PING_WRITE]);
    pair->fds[PING_WRITE] = -1;
    free(messages);
}

/* Sends everything back, also when told to stop, until end-of-file. */
static void partner_main(struct exec *ex, struct workload_run *run)
{
    const struct io_pipe *state = run->state;
    size_t size = state->message_bytes;
    struct pipe_pair *pair = &state->pairs[pair_of_partner(run, ex->index)];
    unsigned char *message = must_calloc(1, size);
    uint64_t steps = 0;
    int rc = 0;
    while ((rc = read_message(ex, pair->fds[PING_READ], message, size)) > 0) {
        rc = write_message(ex, pair->fds[PONG_WRITE], message, size);
        if (rc < 0) {
            break;
        }
        exec_progress(ex, ++steps);
        (void)exec_safepoint(ex);
    }
    if (rc < 0) {
        workload_fail(ex, run, rc, "sending a message back");
    }
    exec_close(ex, pair->fds[PONG_WRITE]);
    pair->fds[PONG_WRITE] = -1;
    free(message);
}

static void io_pipe_main(struct exec *ex, struct workload_run *run)
{
    if (ex->index < run->tasks) {
        primary_main(ex, run);
    } else {
        partner_main(ex, run);
    }
}

/* The content was checked at each step; each must have gone both ways. */
static int io_pipe_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = run->tasks; i < run->tasks + run->background; i++) {
        size_t primary = pair_of_partner(run, i);
        if (workload_steps(run, i) != workload_steps(run, primary)) {
            return diag_set(diag, -EBADMSG,
                            "task %zu and its partner count differently",
                            primary);
        }
    }
    return 0;
}

/* A write end that is open in any process keeps the reader from its end. */
static void io_pipe_leave(struct workload_run *run, size_t index)
{
    struct io_pipe *state = run->state;
    bool primary = index < run->tasks;
    size_t pair = primary ? index : pair_of_partner(run, index);
    int *fd = &state->pairs[pair].fds[primary ? PING_WRITE : PONG_WRITE];
    close(*fd);
    *fd = -1;
}

static void io_pipe_cleanup(struct workload_run *run)
{
    struct io_pipe *state = run->state;
    for (size_t i = 0; i < state->n; i++) {
        for (size_t k = 0; k < PIPE_FDS; k++) {
            if (state->pairs[i].fds[k] >= 0) {
                close(state->pairs[i].fds[k]);
            }
        }
    }
    free(state->pairs);
}

static const struct param io_pipe_params[] = {
    {.name = "message_bytes",
     .help = "size of a message",
     .unit = "bytes",
     .def = 64,
     .min = 1,
     .max = 1 << 20},
    {0},
};

const struct workload workload_io_pipe = {
    .unit = {.name = "io_pipe",
             .summary = "ping-pong between pairs of tasks over pipes",
             .params = io_pipe_params},
    .class = WORKLOAD_IO,
    .version = 1,
    .step_name = "one message to the partner and back",
    .state_size = sizeof(struct io_pipe),
    .background = io_pipe_background,
    .unsupported = io_pipe_unsupported,
    .prepare = io_pipe_prepare,
    .main = io_pipe_main,
    .leave = io_pipe_leave,
    .verify = io_pipe_verify,
    .cleanup = io_pipe_cleanup,
};
