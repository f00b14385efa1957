/* SPDX-License-Identifier: MIT */
/* What a poller owes an event loop when something ends, vanishes or fails. */
#undef NDEBUG
#include "tests/contract/poller.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* --- the end of a stream --- */

/* The last bytes and the end come together; a short count must not hide it. */
static void read_to_end(struct exec *ex, struct job *job)
{
    char data[64];
    assert(exec_recv(ex, job->fd, data, sizeof(data)) == 5);
    assert(exec_recv(ex, job->fd, data, sizeof(data)) == 0);
    exec_close(ex, job->fd);
}

/* The same when the task is parked as they come. */
static void send_and_end(struct exec *ex, struct job *job)
{
    exec_yield(ex);
    assert(send(job->fd, "hello", 5, 0) == 5);
    exec_close(ex, job->fd);
}

static void check_end(void)
{
    int before[2];
    int meanwhile[2];
    int tcp[2];
    stream_pair(before);
    stream_pair(meanwhile);
    tcp_pair(tcp, false);
    assert(send(before[1], "hello", 5, 0) == 5);
    close(before[1]);
    struct job jobs[] = {{.run = read_to_end, .fd = before[0]},
                         {.run = read_to_end, .fd = meanwhile[0]},
                         {.run = send_and_end, .fd = meanwhile[1]},
                         {.run = read_to_end, .fd = tcp[0]},
                         {.run = send_and_end, .fd = tcp[1]}};
    run_jobs(jobs, ARRAY_LEN(jobs));
}

static void receive_reset(struct exec *ex, struct job *job)
{
    char byte;
    assert(exec_recv(ex, job->fd, &byte, 1) == -ECONNRESET);
    ssize_t n = 0;
    for (int i = 0; i < 3 && n >= 0; i++) {
        n = exec_send(ex, job->fd, "x", 1);
    }
    assert(n == -EPIPE || n == -ECONNRESET);
    exec_close(ex, job->fd);
}

static void vanish(struct exec *ex, struct job *job)
{
    exec_yield(ex);
    exec_close(ex, job->fd);
}

static void check_reset(void)
{
    int tcp[2];
    tcp_pair(tcp, true);
    struct job jobs[] = {{.run = receive_reset, .fd = tcp[0]},
                         {.run = vanish, .fd = tcp[1]}};
    run_jobs(jobs, ARRAY_LEN(jobs));
}

/* --- closing --- */

static void receive_cancelled(struct exec *ex, struct job *job)
{
    char byte;
    assert(exec_recv(ex, job->fd, &byte, 1) == -ECANCELED);
}

static void read_cancelled(struct exec *ex, struct job *job)
{
    char byte;
    assert(exec_read(ex, job->fd, &byte, 1) == -ECANCELED);
}

static void send_cancelled(struct exec *ex, struct job *job)
{
    static const char data[BIG];
    ssize_t n;
    do {
        n = exec_send(ex, job->fd, data, sizeof(data));
    } while (n > 0);
    assert(n == -ECANCELED);
}

static void accept_cancelled(struct exec *ex, struct job *job)
{
    assert(exec_accept(ex, job->fd) == -ECANCELED);
}

static void close_later(struct exec *ex, struct job *job)
{
    exec_sleep_until(ex, clock_now_ns() + 3 * NS_PER_MS);
    exec_close(ex, job->fd);
}

static void check_cancel(void)
{
    int sockets[2];
    int pipes[2];
    stream_pair(sockets);
    assert(pipe(pipes) == 0);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(listen(listener, 1) == 0);
    struct job jobs[] = {{.run = receive_cancelled, .fd = sockets[0]},
                         {.run = send_cancelled, .fd = sockets[0]},
                         {.run = close_later, .fd = sockets[0]},
                         {.run = read_cancelled, .fd = pipes[0]},
                         {.run = close_later, .fd = pipes[0]},
                         {.run = accept_cancelled, .fd = listener},
                         {.run = close_later, .fd = listener}};
    run_jobs(jobs, ARRAY_LEN(jobs));
    close(sockets[1]);
    close(pipes[1]);
}

/* The number of a closed descriptor is soon another one's, which must not
 * see what was left of the first. */
static void reuse(struct exec *ex, struct job *job)
{
    char data[8];
    for (size_t i = 0; i < ROUNDS; i++) {
        int fds[2];
        stream_pair(fds);
        char sent[2] = {(char)i, (char)(i + 1)};
        assert(exec_send(ex, fds[1], sent, 2) == 2);
        assert(exec_recv(ex, fds[0], data, 1) == 1);
        assert(data[0] == sent[0]);
        job->count = (size_t)fds[0];
        if (i % 2) {
            exec_yield(ex);
        }
        exec_close(ex, fds[0]); /* a byte unread */
        exec_close(ex, fds[1]);
    }
}

static void check_reuse(void)
{
    struct job jobs[] = {{.run = reuse}, {.run = reuse}, {.run = reuse}};
    run_jobs(jobs, ARRAY_LEN(jobs));
}

/*
 * Two tasks are woken at once. Who is first closes the other's descriptor, and
 * its number is at once that of another stream, from which the other must read
 * nothing: it is told, or has what came before the close.
 */
static void close_the_other(struct exec *ex, struct job *job)
{
    char byte = 0;
    ssize_t n = exec_recv(ex, job->fd, &byte, 1);
    if ((*job->turns)++ == 0) {
        assert(n == 1 && byte == 'x');
        exec_close(ex, job->other);
        int fds[2];
        stream_pair(fds);
        assert(fds[0] == job->other);
        assert(send(fds[1], "y", 1, 0) == 1);
        close(fds[1]);
        exec_close(ex, job->fd);
    } else {
        assert(n == -ECANCELED || (n == 1 && byte == 'x'));
        exec_close(ex, job->fd);
    }
}

static void wake_both(struct exec *ex, struct job *job)
{
    exec_yield(ex); /* they wait */
    assert(send(job->fd, "x", 1, 0) == 1);
    assert(send(job->other, "x", 1, 0) == 1);
}

static void check_close_of_woken(void)
{
    int a[2];
    int b[2];
    int turns = 0;
    stream_pair(a);
    stream_pair(b);
    struct job jobs[] = {
        {.run = close_the_other, .fd = a[0], .other = b[0], .turns = &turns},
        {.run = close_the_other, .fd = b[0], .other = a[0], .turns = &turns},
        {.run = wake_both, .fd = a[1], .other = b[1]}};
    run_jobs(jobs, ARRAY_LEN(jobs));
    assert(turns == 2);
    close(a[1]);
    close(b[1]);
}

/* The lowest number that is free: it grows when a descriptor is lost. */
static int lowest_free(void)
{
    int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
}

static void accept_or_cancelled(struct exec *ex, struct job *job)
{
    int fd = exec_accept(ex, job->fd);
    assert(fd >= 0 || fd == -ECANCELED);
    if (fd >= 0) {
        exec_close(ex, fd);
    }
}

static void connect_and_close(struct exec *ex, struct job *job)
{
    exec_yield(ex); /* it waits */
    int client = connect_to(job->fd);
    exec_close(ex, job->fd);
    close(client);
}

/* A listener is closed when a connection has come and nobody has taken it. */
static void check_close_of_listener(void)
{
    int before = lowest_free();
    for (int i = 0; i < 3; i++) {
        int listener = tcp_listener();
        struct job jobs[] = {{.run = accept_or_cancelled, .fd = listener},
                             {.run = connect_and_close, .fd = listener}};
        run_jobs(jobs, ARRAY_LEN(jobs));
        assert(lowest_free() == before);
    }
}

static void bad_descriptor(struct exec *ex, struct job *job)
{
    char byte;
    assert(exec_recv(ex, job->fd, &byte, 1) == -EBADF);
    assert(exec_send(ex, job->fd, &byte, 1) == -EBADF);
    assert(exec_read(ex, job->fd, &byte, 1) == -EBADF);
    assert(exec_write(ex, job->fd, &byte, 1) == -EBADF);
    assert(exec_accept(ex, job->fd) == -EBADF);
}

static void check_bad_descriptor(void)
{
    struct job jobs[] = {{.run = bad_descriptor, .fd = 1000},
                         {.run = bad_descriptor, .fd = -1}};
    run_jobs(jobs, ARRAY_LEN(jobs));
}

/* --- no descriptor left --- */

static void accept_without_room(struct exec *ex, struct job *job)
{
    struct rlimit limit;
    assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    int client = connect_to(job->fd);
    int next = dup(client);
    close(next);
    struct rlimit low = {.rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max};
    assert(setrlimit(RLIMIT_NOFILE, &low) == 0);
    int refused = exec_accept(ex, job->fd);
    assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    assert(refused == -EMFILE);
    int fd = connect_to(job->fd);
    int accepted = exec_accept(ex, job->fd);
    assert(accepted >= 0);
    exec_close(ex, accepted);
    exec_close(ex, job->fd);
    close(fd);
    close(client);
}

static void check_no_room(void)
{
    struct job job = {.run = accept_without_room, .fd = tcp_listener()};
    run_jobs(&job, 1);
}

/* --- a poller that fails in mid-run --- */

/* Closes the descriptor that the poller waits with. */
static void break_poller(struct exec *ex, struct job *job)
{
    (void)job;
    for (int fd = 3; fd < 100; fd++) {
        char name[32];
        char target[64] = "";
        snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        if (readlink(name, target, sizeof(target) - 1) > 0 &&
            (strstr(target, "[eventpoll]") || strstr(target, "[io_uring]"))) {
            close(fd);
        }
    }
    exec_yield(ex);
}

static void receive_for_ever(struct exec *ex, struct job *job)
{
    char byte;
    exec_recv(ex, job->fd, &byte, 1);
    assert(!"the loop went on without a poller");
}

static void check_broken(void)
{
    if (strcmp(type->unit.name, "libuv") == 0) {
        return; /* it aborts the process: that is its outcome */
    }
    int fds[2];
    stream_pair(fds);
    struct job jobs[] = {{.run = receive_for_ever, .fd = fds[0]},
                         {.run = break_poller}};
    struct stage stage;
    stage_init(&stage);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
        jobs[i].task = loop_spawn(&stage.loop, job_main, &jobs[i]);
    }
    loop_run(&stage.loop);
    assert(stage.loop.error == -EBADF);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
        stack_context_deinit(&jobs[i].task->ex.context);
    }
    loop_deinit(&stage.loop);
    close(fds[0]);
    close(fds[1]);
}

void poller_faults(void)
{
    check_end();
    check_reset();
    check_cancel();
    check_reuse();
    check_close_of_woken();
    check_close_of_listener();
    check_bad_descriptor();
    check_no_room();
    check_broken();
}
