/* SPDX-License-Identifier: MIT */
#include "harness/load/load.h"

#include "harness/base/cleanup.h"
#include "harness/base/fd_limit.h"
#include "harness/base/must.h"
#include "harness/load/client.h"
#include "harness/topology/binding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The drain takes the client at most 100 ms; it may share its PU. */
#define FINISH_LIMIT_MS 2000
#define ACCEPT_LIMIT_MS 10000

struct load {
    pid_t pid; /* 0: ended and reaped */
    int control_fd;
    int listen_fd;
    struct load_shared *shared;
    /* How it ended, once pid is 0. */
    int outcome;
    struct diag why;
};

int load_listen(struct diag *diag)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return diag_set(diag, -errno, "cannot make a TCP socket: %s",
                        strerror(errno));
    }
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, SOMAXCONN) < 0) {
        int code = -errno;
        close(fd);
        return diag_set(diag, code, "cannot listen on 127.0.0.1: %s",
                        strerror(-code));
    }
    return fd;
}

/* The client's process keeps its standard error and its control channel: an
 * open write end of somebody's pipe would keep its reader waiting. */
static void client_close_inherited(int control_fd)
{
    int null_fd = open("/dev/null", O_RDWR);
    if (null_fd >= 0) {
        dup2(null_fd, STDIN_FILENO);
        dup2(null_fd, STDOUT_FILENO);
    }
    if (control_fd > 3) {
        close_range(3, (unsigned)control_fd - 1, 0);
    }
    close_range((unsigned)control_fd + 1, ~0u, 0);
}

/* All of the client's process, from fork to exit. */
__attribute__((noreturn)) static void client_process(
    const struct client_plan *plan, int pu, pid_t parent,
    struct load_shared *shared)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) { /* it died before the line above */
        _exit(1);
    }
    client_close_inherited(plan->control_fd);
    prctl(PR_SET_TIMERSLACK, 1UL); /* requests start at their time */
    if (pu >= 0 && binding_bind(pu, &shared->error) < 0) {
        _exit(1);
    }
    _exit(client_run(plan, shared) < 0 ? 1 : 0);
}

/* Forks the client. `control` is a connected pair: [0] ours, [1] its own. */
static int load_fork(struct load *load, const struct load_plan *plan,
                     const int control[2], struct diag *diag)
{
    struct client_plan client = {.connections = plan->connections,
                                 .message_bytes = plan->message_bytes,
                                 .rate_per_s = plan->rate_per_s,
                                 .think_ns = plan->think_ns,
                                 .control_fd = control[1]};
    socklen_t size = sizeof(client.server);
    must(getsockname(plan->listen_fd, (struct sockaddr *)&client.server,
                     &size) == 0);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        return diag_set(diag, -errno, "cannot fork the load generator: %s",
                        strerror(errno));
    }
    if (pid == 0) {
        client_process(&client, plan->pu, parent, load->shared);
    }
    load->pid = pid;
    return 0;
}

static struct load_shared *shared_new(void)
{
    void *memory =
        mmap(NULL, sizeof(struct load_shared), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    must(memory != MAP_FAILED);
    return memory;
}

int load_start(const struct load_plan *plan, struct load **ret,
               struct diag *diag)
{
    int rc = fd_limit_reserve(plan->connections, diag);
    if (rc < 0) {
        return rc;
    }
    int control[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0) {
        return diag_set(diag, -errno, "cannot make a socket pair: %s",
                        strerror(errno));
    }
    struct load *load = must_calloc(1, sizeof(*load));
    load->control_fd = control[0];
    load->listen_fd = plan->listen_fd;
    load->shared = shared_new();
    rc = load_fork(load, plan, control, diag);
    close(control[1]);
    if (rc < 0) {
        load_free(load);
        return rc;
    }
    *ret = load;
    return 0;
}

static int await_readable(struct pollfd *fds, nfds_t n, int limit_ms)
{
    uint64_t deadline = clock_now_ns() + (uint64_t)limit_ms * NS_PER_MS;
    for (;;) {
        uint64_t now = clock_now_ns();
        int left = now < deadline ? (int)((deadline - now) / NS_PER_MS) : 0;
        int ready = poll(fds, n, left);
        if (ready >= 0 || errno != EINTR) {
            return ready;
        }
    }
}

/* Reaps the client, which has ended or is about to, and judges its end. */
static void load_reap(struct load *load)
{
    int status = 0;
    while (waitpid(load->pid, &status, 0) < 0 && errno == EINTR) {
    }
    load->pid = 0;
    if (WIFSIGNALED(status)) {
        load->outcome = diag_set(&load->why, -ECHILD,
                                 "the load generator was killed by signal %d",
                                 WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        load->outcome =
            diag_set(&load->why, -ECHILD, "the load generator failed: %s",
                     load->shared->error.text);
    } else {
        load->shared->result.finished = true;
    }
}

static int load_outcome(const struct load *load, struct diag *diag)
{
    return load->outcome == 0
               ? 0
               : diag_set(diag, load->outcome, "%s", load->why.text);
}

int load_accept(struct load *load, struct diag *diag)
{
    struct pollfd fds[] = {{.fd = load->listen_fd, .events = POLLIN},
                           {.fd = load->control_fd, .events = POLLIN}};
    await_readable(fds, 2, ACCEPT_LIMIT_MS);
    if (fds[0].revents == 0) {
        if (fds[1].revents != 0) {
            load_reap(load);
            return load_outcome(load, diag);
        }
        return diag_set(diag, -ETIMEDOUT,
                        "the load generator did not connect in time");
    }
    int fd = accept4(load->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return diag_set(diag, -errno, "cannot accept a connection: %s",
                        strerror(errno));
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    atomic_fetch_add_explicit(&load->shared->accepted, 1, memory_order_relaxed);
    return fd;
}

void load_phase(struct load *load, enum exec_phase phase)
{
    atomic_store_explicit(&load->shared->phase, (uint32_t)phase + 1,
                          memory_order_relaxed);
    /* A byte that does not arrive means that the client is gone already, and
     * load_finish() will say so. */
    (void)!send(load->control_fd, "p", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

uint64_t load_cpu_ns(const struct load *load)
{
    clockid_t clock;
    struct timespec used;
    if (load->pid == 0 || clock_getcpuclockid(load->pid, &clock) != 0 ||
        clock_gettime(clock, &used) < 0) {
        return 0;
    }
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

/* Waits for the client's end, or makes it. */
static void load_end(struct load *load)
{
    struct pollfd fd = {.fd = load->control_fd, .events = POLLIN};
    if (await_readable(&fd, 1, FINISH_LIMIT_MS) > 0) {
        load_reap(load);
        return;
    }
    kill(load->pid, SIGKILL);
    load_reap(load);
    load->outcome = diag_set(&load->why, -ETIMEDOUT,
                             "the load generator did not end within %d ms "
                             "and was killed",
                             FINISH_LIMIT_MS);
}

int load_finish(struct load *load, struct load_result *ret, struct diag *diag)
{
    if (load->pid != 0) {
        load_phase(load, EXEC_DRAIN);
        load_end(load);
    }
    *ret = load->shared->result;
    return load_outcome(load, diag);
}

void load_free(struct load *load)
{
    if (!load) {
        return;
    }
    if (load->pid != 0) {
        kill(load->pid, SIGKILL);
        load_reap(load);
    }
    close(load->control_fd);
    munmap(load->shared, sizeof(*load->shared));
    free(load);
}
