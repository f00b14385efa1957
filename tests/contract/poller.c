/* SPDX-License-Identifier: MIT */
/*
 * What every poller owes an event loop. usage: poller NAME [plain]
 */
#undef NDEBUG
#include "runtime/pollers/poller.h"
#include "harness/base/must.h"
#include "runtime/sched/loop_verbs.h"
#include "tests/contract/sockets.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PAIRS = 100, ROUNDS = 50, BIG = 1 << 20, STACK = 256 * 1024 };

static const struct poller_type *type;
static bool plain;

/* --- a loop around each check --- */

struct stage {
    struct loop loop;
    struct hist hist;
    _Atomic uint32_t phase;
};

static void stage_init(struct stage *stage)
{
    struct diag diag = {0};
    *stage = (struct stage){0};
    struct loop_config config = {
        .slot_size = STACK,
        .tasks = 2 * PAIRS,
        .executor = {.max_threads = 2, .max_queued = 8},
        .poller = type,
        .plain_poller = plain,
        .ops = &loop_ops,
        .hist = &stage->hist,
        .phase = &stage->phase};
    must(loop_init(&stage->loop, &config, &diag) == 0);
}

struct job {
    void (*run)(struct exec *ex, struct job *job);
    int fd;
    int other;
    size_t count;
    ssize_t result;
    struct task *task;
};

static void job_main(struct exec *ex, void *arg)
{
    struct job *job = arg;
    job->run(ex, job);
}

/* Runs them all as tasks, in order, and waits for their ends. */
static void run_jobs(struct job *jobs, size_t n)
{
    struct stage stage;
    stage_init(&stage);
    for (size_t i = 0; i < n; i++) {
        jobs[i].task = loop_spawn(&stage.loop, job_main, &jobs[i]);
        assert(jobs[i].task);
    }
    loop_run(&stage.loop);
    assert(stage.loop.error == 0);
    assert(stage.loop.poller->waiting == 0);
    for (size_t i = 0; i < n; i++) {
        loop_reap(&stage.loop, jobs[i].task);
    }
    loop_deinit(&stage.loop);
}

/* --- many tasks that wait for each other, beside signals --- */

static void ping(struct exec *ex, struct job *job)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        char sent = (char)i;
        char back[8];
        assert(exec_send(ex, job->fd, &sent, 1) == 1);
        assert(exec_recv(ex, job->fd, back, i % 2 ? 1 : sizeof(back)) == 1);
        assert(back[0] == sent);
    }
    exec_close(ex, job->fd);
}

static void pong(struct exec *ex, struct job *job)
{
    char byte;
    ssize_t n;
    while ((n = exec_recv(ex, job->fd, &byte, 1)) == 1) {
        assert(exec_send(ex, job->fd, &byte, 1) == 1);
        job->count++;
    }
    assert(n == 0);
    assert(exec_recv(ex, job->fd, &byte, 1) == 0); /* and again */
    assert(job->count == ROUNDS);
    exec_close(ex, job->fd);
}

static void check_pairs(void)
{
    static struct job jobs[2 * PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        int fds[2];
        stream_pair(fds);
        jobs[2 * i] = (struct job){.run = ping, .fd = fds[0]};
        jobs[2 * i + 1] = (struct job){.run = pong, .fd = fds[1]};
    }
    run_jobs(jobs, ARRAY_LEN(jobs));
}

static void nothing(int signal)
{
    (void)signal;
}

static void doze(struct exec *ex, struct job *job)
{
    for (int i = 0; i < 20; i++) {
        uint64_t deadline = clock_now_ns() + job->count;
        exec_sleep_until(ex, deadline);
        assert(clock_now_ns() >= deadline);
    }
}

static void check_signals(void)
{
    struct sigaction action = {.sa_handler = nothing};
    struct itimerval timer = {{0, 300}, {0, 300}};
    struct job sleepers[] = {{.run = doze, .count = 1},
                             {.run = doze, .count = 200 * 1000},
                             {.run = doze, .count = 1700 * 1000}};
    assert(sigaction(SIGALRM, &action, NULL) == 0);
    assert(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    check_pairs();
    run_jobs(sleepers, ARRAY_LEN(sleepers));
    timer = (struct itimerval){0};
    assert(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

/* --- more than fits, in both directions --- */

static void write_much(struct exec *ex, struct job *job)
{
    static const char data[5000] = {[0 ... 4999] = 'x'};
    for (size_t done = 0; done < BIG;) {
        size_t size = BIG - done < sizeof(data) ? BIG - done : sizeof(data);
        ssize_t n = job->other ? exec_send(ex, job->fd, data, size)
                               : exec_write(ex, job->fd, data, size);
        assert(n > 0);
        done += (size_t)n;
    }
    exec_close(ex, job->fd);
}

static void read_much(struct exec *ex, struct job *job)
{
    static char data[70000];
    ssize_t n;
    size_t size = 1;
    do {
        size = size * 3 % sizeof(data) + 1;
        n = job->other ? exec_recv(ex, job->fd, data, size)
                       : exec_read(ex, job->fd, data, size);
        assert(n >= 0 && n <= (ssize_t)size);
        for (ssize_t i = 0; i < n; i++) {
            assert(data[i] == 'x');
        }
        job->count += (size_t)n;
    } while (n > 0);
    assert(job->count == BIG);
    exec_close(ex, job->fd);
}

static void check_much(void)
{
    int pipes[2];
    int sockets[2];
    assert(pipe(pipes) == 0);
    stream_pair(sockets);
    struct job jobs[] = {{.run = read_much, .fd = pipes[0]},
                         {.run = write_much, .fd = pipes[1]},
                         {.run = write_much, .fd = sockets[0], .other = 1},
                         {.run = read_much, .fd = sockets[1], .other = 1}};
    run_jobs(jobs, ARRAY_LEN(jobs));
}

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

/* --- accepting, also when there are no descriptors left --- */

static void accept_all(struct exec *ex, struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        int fd = exec_accept(ex, job->fd);
        assert(fd >= 0);
        char byte = 'a';
        assert(exec_send(ex, fd, &byte, 1) == 1);
        exec_close(ex, fd);
    }
    exec_close(ex, job->fd);
}

static void be_accepted(struct exec *ex, struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        int fd = connect_to(job->fd);
        char byte;
        if (i % 3 == 0) {
            exec_yield(ex);
        }
        assert(exec_recv(ex, fd, &byte, 1) == 1);
        exec_close(ex, fd);
    }
}

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

static void check_accept(void)
{
    for (int room = 0; room < 2; room++) {
        int listener = tcp_listener();
        struct job with[] = {{.run = accept_all, .fd = listener, .count = 20},
                             {.run = be_accepted, .fd = listener, .count = 20}};
        struct job without = {.run = accept_without_room, .fd = listener};
        run_jobs(room ? with : &without, room ? 2 : 1);
    }
}

/* --- the poller by itself --- */

static void check_wake(void)
{
    struct poller_config config = {.tasks = 1, .plain = plain};
    struct exec_ring ring = {0};
    struct diag diag = {0};
    struct poller *poller;
    must(poller_new(type, &config, &poller, &diag) == 0);
    assert(poller->waiting == 0);
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(type->watch_wake(poller, fd) == 0);
    for (int i = 0; i < 3; i++) {
        eventfd_t value;
        assert(type->wait(poller, 0, &ring) == 0);
        assert(type->wait(poller, NS_PER_MS / 10, &ring) == 0);
        assert(eventfd_write(fd, 1) == 0);
        assert(type->wait(poller, UINT64_MAX, &ring) == 1);
        assert(eventfd_read(fd, &value) == 0);
    }
    assert(exec_ring_is_empty(&ring));
    poller_free(poller);
    close(fd);
}

int main(int argc, char **argv)
{
    static void (*const checks[])(void) = {
        check_wake,   check_pairs,         check_signals, check_much,
        check_end,    check_reset,         check_cancel,  check_reuse,
        check_accept, check_bad_descriptor};
    assert(argc >= 2);
    for (size_t i = 0; poller_types[i]; i++) {
        type = strcmp(poller_names[i], argv[1]) == 0 ? poller_types[i] : type;
    }
    assert(type && strcmp(type->unit.name, argv[1]) == 0);
    plain = argc > 2;
    const char *why = type->unit.unavailable ? type->unit.unavailable() : NULL;
    if (why) {
        printf("%s cannot run here: %s\n", type->unit.name, why);
        return 77;
    }
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        checks[i]();
    }
    return 0;
}
