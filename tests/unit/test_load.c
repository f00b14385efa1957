/* SPDX-License-Identifier: MIT */
/* The load generator against servers that behave and servers that do not. */
#undef NDEBUG
#include "harness/base/clock.h"
#include "harness/load/load.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64

/* How a server thread treats its connection. */
enum manner {
    ECHO,
    SCRAMBLE, /* one wrong bit, in every tenth message */
    SILENT,   /* reads, never answers */
    STALL,    /* every 20th reply 20 ms late */
    HANG_UP,  /* closes after ten messages */
    CHATTY,   /* sends a byte that nobody asked for */
};

struct server {
    pthread_t thread;
    int fd;
    enum manner manner;
    size_t message_bytes;
    _Atomic uint64_t served;
};

static bool receive_all(int fd, unsigned char *data, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = recv(fd, data + got, size - got, 0);
        if (n <= 0) {
            return false;
        }
        got += (size_t)n;
    }
    return true;
}

static bool server_answer(struct server *server, unsigned char *data)
{
    uint64_t served = ++server->served;
    size_t size = server->message_bytes;
    switch (server->manner) {
    case SCRAMBLE:
        data[size - 1] ^= served % 10 == 0;
        break;
    case SILENT:
        return true;
    case STALL:
        if (served % 20 == 0) {
            clock_sleep_until(clock_now_ns() + 20 * NS_PER_MS);
        }
        break;
    case HANG_UP:
        if (served == 10) {
            return false;
        }
        break;
    case CHATTY:
        size += served == 10;
        break;
    case ECHO:
        break;
    }
    return send(server->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static void *server_main(void *arg)
{
    struct server *server = arg;
    unsigned char *data = calloc(1, server->message_bytes + 1);
    assert(data);
    while (receive_all(server->fd, data, server->message_bytes) &&
           server_answer(server, data)) {
    }
    free(data);
    close(server->fd);
    return NULL;
}

struct scene {
    enum manner manner;
    uint32_t connections;
    uint32_t message_bytes;
    uint64_t rate_per_s;
    uint64_t think_ns;
    /* How long EXEC_MEASURE lasts: both must have been reached. */
    uint64_t measure_ms;
    uint64_t measure_served;
};

static struct server servers[CONNECTIONS_MAX];

static uint64_t sum_served(const struct scene *scene)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < scene->connections; i++) {
        sum += servers[i].served;
    }
    return sum;
}

/* Not by the clock alone: the machine may be busy with something else. */
static void await_served(const struct scene *scene, uint64_t n)
{
    while (sum_served(scene) < n) {
        clock_sleep_until(clock_now_ns() + NS_PER_MS);
    }
}

static void play_phases(const struct scene *scene, struct load *load)
{
    load_phase(load, EXEC_WARM_UP);
    await_served(scene, scene->connections);
    load_phase(load, EXEC_MEASURE);
    clock_sleep_until(clock_now_ns() + scene->measure_ms * NS_PER_MS);
    await_served(scene, scene->measure_served);
    if (scene->manner == HANG_UP) {
        siginfo_t info; /* until the generator has given up */
        assert(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0);
    }
    load_phase(load, EXEC_DRAIN);
}

/* Plays a whole run; returns what load_finish() said. */
static int play(const struct scene *scene, struct load_result *ret,
                uint64_t *ret_served, struct diag *diag)
{
    assert(scene->connections <= CONNECTIONS_MAX);
    int listen_fd = load_listen(diag);
    assert(listen_fd >= 0);
    struct load_plan plan = {.listen_fd = listen_fd,
                             .connections = scene->connections,
                             .message_bytes = scene->message_bytes,
                             .rate_per_s = scene->rate_per_s,
                             .think_ns = scene->think_ns,
                             .pu = -1};
    struct load *load = NULL;
    assert(load_start(&plan, &load, diag) == 0);
    for (uint32_t i = 0; i < scene->connections; i++) {
        servers[i] = (struct server){.manner = scene->manner,
                                     .message_bytes = scene->message_bytes};
        servers[i].fd = load_accept(load, diag);
        assert(servers[i].fd >= 0);
        assert(!pthread_create(&servers[i].thread, NULL, server_main,
                               &servers[i]));
    }
    play_phases(scene, load);
    for (uint32_t i = 0; i < scene->connections; i++) {
        pthread_join(servers[i].thread, NULL);
    }
    int rc = load_finish(load, ret, diag);
    struct load_result again;
    struct diag same = {""};
    assert(load_finish(load, &again, &same) == rc);
    assert(again.replies == ret->replies);
    assert(strcmp(same.text, diag->text) == 0);
    load_free(load);
    close(listen_fd);
    *ret_served = sum_served(scene);
    return rc;
}

static void check_closed(uint32_t connections, uint32_t message_bytes)
{
    struct scene scene = {.connections = connections,
                          .message_bytes = message_bytes,
                          .measure_ms = 20,
                          .measure_served = 4 * connections + 20};
    struct load_result result;
    uint64_t served = 0;
    struct diag diag = {""};
    assert(play(&scene, &result, &served, &diag) == 0);
    assert(result.finished && result.mismatches == 0);
    assert(result.replies > 0 && result.replies <= served);
    assert(served - result.replies <= result.unanswered + connections);
    assert(result.latency.count > 0);
    assert(result.latency.count <= result.replies); /* not the warm-up */
    assert(result.service.count == 0);
    assert(result.latency.max < 10 * NS_PER_S);
    printf("closed %u x %u: %lu replies, median %lu ns\n", connections,
           message_bytes, (unsigned long)result.replies,
           (unsigned long)hist_quantile(&result.latency, 0.5));
}

static void test_closed_loop(void)
{
    check_closed(1, 1);
    check_closed(1, 64);
    check_closed(CONNECTIONS_MAX, 64);
    check_closed(2, 1 << 20); /* more than the sockets' buffers */
}

/* A client that thinks for 2 ms makes at most one request in 2 ms. */
static void test_thinking(void)
{
    struct scene scene = {.connections = 3,
                          .message_bytes = 64,
                          .think_ns = 2 * NS_PER_MS,
                          .measure_served = 60};
    struct load_result result;
    uint64_t served = 0;
    struct diag diag = {""};
    uint64_t start_ns = clock_now_ns();
    assert(play(&scene, &result, &served, &diag) == 0);
    uint64_t took_ns = clock_now_ns() - start_ns;
    assert(result.finished && result.mismatches == 0);
    assert(result.latency.count > 0 && result.unanswered == 0);
    assert(served >= 60);
    assert(served <= scene.connections * (took_ns / scene.think_ns + 1));
}

static void test_open_loop(void)
{
    struct scene scene = {.connections = 8,
                          .message_bytes = 64,
                          .rate_per_s = 2000,
                          .measure_served = 200};
    struct load_result result;
    uint64_t served = 0;
    struct diag diag = {""};
    assert(play(&scene, &result, &served, &diag) == 0);
    assert(result.finished && result.mismatches == 0);
    assert(result.replies > 0 && result.replies <= served);
    assert(result.service.count == result.latency.count);
    assert(hist_quantile(&result.service, 0.5) <=
           hist_quantile(&result.latency, 0.5));
    printf("open: %lu replies, %lu unanswered\n", (unsigned long)result.replies,
           (unsigned long)result.unanswered);
}

/* A stall of 20 ms delays the requests behind it: seen from their intended
 * starts, not from their sends. */
static void test_no_coordinated_omission(void)
{
    struct scene scene = {.manner = STALL,
                          .connections = 1,
                          .message_bytes = 64,
                          .rate_per_s = 1000,
                          .measure_served = 300};
    struct load_result result;
    uint64_t served = 0;
    struct diag diag = {""};
    assert(play(&scene, &result, &served, &diag) == 0);
    /* Every twentieth reply is late, and yet half of all requests are. */
    assert(hist_quantile(&result.latency, 0.5) >= 5 * NS_PER_MS);
    assert(result.latency.max >= 20 * NS_PER_MS);
}

static void test_mismatch(void)
{
    struct scene scene = {.manner = SCRAMBLE,
                          .connections = 2,
                          .message_bytes = 100,
                          .measure_served = 500};
    struct load_result result;
    uint64_t served = 0;
    struct diag diag = {""};
    assert(play(&scene, &result, &served, &diag) == 0);
    assert(result.mismatches > 0);
    assert(result.mismatches <= served / 10);
    assert(result.mismatches + 2 >= served / 10);
}

static void test_too_much(void)
{
    struct scene scene = {.manner = CHATTY,
                          .connections = 1,
                          .message_bytes = 32,
                          .measure_served = 20};
    struct load_result result;
    uint64_t served = 0;
    struct diag diag = {""};
    assert(play(&scene, &result, &served, &diag) == 0);
    assert(served > 10 && result.mismatches > 0);
}

static void test_silence(void)
{
    for (uint64_t rate = 0; rate <= 1000; rate += 1000) {
        struct scene scene = {.manner = SILENT,
                              .connections = 2,
                              .message_bytes = 32,
                              .rate_per_s = rate,
                              .measure_ms = 100};
        struct load_result result;
        uint64_t served = 0;
        struct diag diag = {""};
        assert(play(&scene, &result, &served, &diag) == 0);
        assert(result.finished);
        assert(result.replies == 0 && result.latency.count == 0);
        assert(result.unanswered >= 2);
        assert(rate == 0 || result.unanswered > 2); /* due, not sent */
    }
}

static void test_hang_up(void)
{
    struct scene scene = {
        .manner = HANG_UP, .connections = 1, .message_bytes = 32};
    struct load_result result;
    uint64_t served = 0;
    struct diag diag = {""};
    assert(play(&scene, &result, &served, &diag) < 0);
    assert(!result.finished);
    assert(strstr(diag.text, "closed by the server") ||
           strstr(diag.text, "reset"));
}

/* A generator that cannot connect says why, and does not keep us waiting. */
static void test_refused(void)
{
    struct diag diag = {""};
    int listen_fd = load_listen(&diag);
    struct load_plan plan = {
        .listen_fd = listen_fd, .connections = 1, .message_bytes = 1, .pu = -1};
    shutdown(listen_fd, SHUT_RDWR);
    struct load *load = NULL;
    assert(load_start(&plan, &load, &diag) == 0);
    struct load_result result;
    assert(load_finish(load, &result, &diag) < 0);
    assert(strstr(diag.text, "refused"));
    load_free(load);
    close(listen_fd);
}

static void test_limit(void)
{
    struct diag diag = {""};
    struct load_plan plan = {
        .connections = 1u << 31, .message_bytes = 1, .pu = -1};
    struct load *load = NULL;
    assert(load_start(&plan, &load, &diag) == -EMFILE);
    assert(strstr(diag.text, "ulimit"));
}

/* When the process that started it dies, the generator goes too. */
static void test_orphan(void)
{
    int alive[2];
    assert(pipe(alive) == 0);
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        struct diag diag = {""};
        dup2(alive[1], STDERR_FILENO); /* the generator keeps it open */
        close(alive[0]);
        close(alive[1]);
        int listen_fd = load_listen(&diag);
        struct load_plan plan = {.listen_fd = listen_fd,
                                 .connections = 1,
                                 .message_bytes = 1,
                                 .pu = -1};
        struct load *load = NULL;
        int rc = load_start(&plan, &load, &diag);
        _exit(rc == 0 && load_accept(load, &diag) >= 0 ? 0 : 1);
    }
    close(alive[1]);
    int status = 0;
    assert(waitpid(pid, &status, 0) == pid && status == 0);
    char byte;
    assert(read(alive[0], &byte, 1) == 0); /* end-of-file: it is gone */
    close(alive[0]);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* nothing kept back at a fork */
    test_closed_loop();
    test_thinking();
    test_open_loop();
    test_no_coordinated_omission();
    test_mismatch();
    test_too_much();
    test_silence();
    test_hang_up();
    test_refused();
    test_limit();
    test_orphan();
    return 0;
}
