/* SPDX-License-Identifier: MIT */
/*
 * What every poller owes an event loop. usage: poller NAME [plain]
 */
#undef NDEBUG
#include "runtime/pollers/poller.h"
#include "harness/base/must.h"
#include "harness/topology/binding.h"
#include "runtime/sched/loop_verbs.h"
#include "tests/contract/poller.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PAIRS = STAGE_TASKS / 2 };

const struct poller_type *type;
bool plain;

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

/* --- accepting --- */

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

static void check_accept(void)
{
    int listener = tcp_listener();
    struct job jobs[] = {{.run = accept_all, .fd = listener, .count = 20},
                         {.run = be_accepted, .fd = listener, .count = 20}};
    run_jobs(jobs, ARRAY_LEN(jobs));
}

/* --- files, which several tasks may use at once --- */

static void use_file(struct exec *ex, struct job *job)
{
    char data[3000];
    char back[sizeof(data)];
    memset(data, 'a' + (int)job->count, sizeof(data));
    off_t offset = (off_t)(job->count * sizeof(data));
    for (size_t i = 0; i < ROUNDS; i++) {
        ssize_t n = exec_pwrite(ex, job->fd, data, sizeof(data), offset);
        assert(n == sizeof(data));
        assert(i > 0 || exec_fdatasync(ex, job->fd) == 0);
        n = exec_pread(ex, job->fd, back, sizeof(back), offset);
        assert(n == sizeof(back) && memcmp(data, back, sizeof(data)) == 0);
    }
    assert(exec_pread(ex, job->fd, back, 1, 1 << 20) == 0);
    assert(exec_pread(ex, -1, back, 1, 0) == -EBADF);
}

static void check_files(void)
{
    FILE *file = tmpfile();
    assert(file);
    struct job jobs[4];
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
        jobs[i] = (struct job){.run = use_file, .fd = fileno(file), .count = i};
    }
    run_jobs(jobs, ARRAY_LEN(jobs));
    fclose(file);
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

/* --- how often the loop asks --- */

static size_t polls;

static int counting_wait(struct poller *poller, uint64_t timeout_ns,
                         struct exec_ring *ring)
{
    polls++;
    return type->wait(poller, timeout_ns, ring);
}

static void yield_often(struct exec *ex, struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        exec_yield(ex);
    }
}

static size_t polls_of(enum loop_discipline discipline)
{
    struct poller_type counting = *type;
    counting.wait = counting_wait;
    struct job jobs[] = {{.run = yield_often, .count = 1000},
                         {.run = yield_often, .count = 1000}};
    struct stage stage;
    stage_init(&stage);
    stage.loop.discipline = discipline;
    stage.loop.poller->type = &counting;
    polls = 0;
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
        jobs[i].task = loop_spawn(&stage.loop, job_main, &jobs[i]);
    }
    loop_run(&stage.loop);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
        loop_reap(&stage.loop, jobs[i].task);
    }
    stage.loop.poller->type = type;
    loop_deinit(&stage.loop);
    return polls;
}

/* By asyncio's rule once a turn of all that were ready, though nobody waits
 * for a descriptor. */
static void check_discipline(void)
{
    assert(polls_of(LOOP_SNAPSHOT) >= 1000);
    assert(polls_of(LOOP_DIRECT) < 10);
}

int main(int argc, char **argv)
{
    static void (*const checks[])(void) = {
        check_wake,  check_pairs,  check_signals,   check_much,
        check_files, check_accept, check_discipline};
    struct diag diag = {0};
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
    must(binding_init(&diag) == 0);
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        checks[i]();
    }
    poller_faults();
    binding_deinit();
    return 0;
}
