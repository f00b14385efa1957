/* SPDX-License-Identifier: MIT */
/*
 * State Threads: stackful tasks on an event loop in one thread, as ours are,
 * with readable descriptors from epoll. It has no yield; sleeping for no time
 * is the way to let the others run.
 */
#include "harness/base/sanitizer.h"
#include "harness/exec/nested.h"
#include "peers/peer.h"

#include <errno.h>
#include <st.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct peer_thread {
    struct peer_run *run;
    struct exec *ex;
    st_thread_t thread;
    int failed;
};

static int init(struct diag *diag)
{
    st_set_eventsys(ST_EVENTSYS_ALT); /* epoll */
    if (st_init() < 0) {
        int rc = -errno;
        return diag_set(diag, rc, "State Threads cannot start: %s",
                        strerror(-rc));
    }
    return 0;
}

#define YIELD(ex) ((void)(ex), st_usleep(0))
NESTED_CHAINS(struct exec *, YIELD)

static void *yields(void *arg)
{
    struct peer_thread *thread = arg;
    uint64_t steps = 0;
    int64_t depth = thread->run->work->depth;
    void (*chain)(struct exec *, int64_t) =
        nested_chains[thread->ex->index % 4];
    while (exec_safepoint(thread->ex)) {
        if (depth > 0) {
            chain(thread->ex, depth);
        } else {
            st_usleep(0);
        }
        exec_progress(thread->ex, ++steps);
    }
    return NULL;
}

static void *child_main(void *arg)
{
    uint64_t *children = arg;
    ++*children;
    return NULL;
}

static int stack_size(const struct peer_run *run)
{
    return (int)params_get(run->params, "stack_kib") * 1024;
}

static void *spawns(void *arg)
{
    struct peer_thread *thread = arg;
    struct exec *ex = thread->ex;
    uint64_t *children = thread->run->work->children[ex->index];
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        st_thread_t child =
            st_thread_create(child_main, children, 1, stack_size(thread->run));
        if (!child || st_thread_join(child, NULL) < 0) {
            thread->failed = -EAGAIN;
            return NULL;
        }
        exec_progress(ex, ++steps);
    }
    return NULL;
}

/* 1: a message came and went back; 0: end; or a negative errno. */
static int serve_one(st_netfd_t fd, unsigned char *message, size_t size)
{
    ssize_t n = st_read_fully(fd, message, size, ST_UTIME_NO_TIMEOUT);
    if (n == (ssize_t)size) {
        n = st_write(fd, message, size, ST_UTIME_NO_TIMEOUT);
    }
    if (n == (ssize_t)size) {
        return 1;
    }
    return n >= 0 || errno == ECONNRESET || errno == EPIPE ? 0 : -errno;
}

static void *serves(void *arg)
{
    struct peer_thread *thread = arg;
    const struct native_work *work = thread->run->work;
    int *os_fd = &work->fds[thread->ex->index];
    st_netfd_t fd = st_netfd_open_socket(*os_fd);
    unsigned char *message = calloc(1, work->message_bytes);
    uint64_t steps = 0;
    int rc = fd && message ? 1 : -ENOMEM;
    while (rc > 0 && (rc = serve_one(fd, message, work->message_bytes)) > 0) {
        exec_progress(thread->ex, ++steps);
        (void)exec_safepoint(thread->ex);
    }
    thread->failed = rc;
    if (fd) {
        st_netfd_close(fd);
        *os_fd = -1;
    }
    free(message);
    return NULL;
}

static int join_all(struct peer_thread *threads, size_t n)
{
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        st_thread_join(threads[i].thread, NULL);
        rc = rc < 0 ? rc : threads[i].failed;
    }
    return rc;
}

static int run_all(struct peer_run *run, struct diag *diag,
                   void *(*fn)(void *arg))
{
    size_t n = run->work->tasks;
    int rc = init(diag);
    struct exec *execs = rc == 0 ? peer_tasks_new(run) : NULL;
    struct peer_thread *threads = peer_memory(run, n * sizeof(*threads));
    if (rc < 0 || !execs || !threads) {
        return rc < 0 ? rc : diag_set(diag, -ENOMEM, "no memory for the tasks");
    }
    for (size_t i = 0; i < n; i++) {
        threads[i] = (struct peer_thread){.run = run, .ex = &execs[i]};
        threads[i].thread =
            st_thread_create(fn, &threads[i], 1, stack_size(run));
        if (!threads[i].thread) {
            return diag_set(diag, -EAGAIN,
                            "State Threads made only %zu of %zu tasks", i, n);
        }
    }
    return peer_ready(run) ? join_all(threads, n) : 0;
}

static int state_threads_switch(struct peer_run *run, struct diag *diag)
{
    return run_all(run, diag, yields);
}

static int state_threads_spawn(struct peer_run *run, struct diag *diag)
{
    return run_all(run, diag, spawns);
}

static int state_threads_echo(struct peer_run *run, struct diag *diag)
{
    return run_all(run, diag, serves);
}

static const char *state_threads_unavailable(void)
{
#if defined(UNDER_ASAN) || defined(UNDER_TSAN)
    return "a sanitizer is not told of its switches";
#else
    return NULL;
#endif
}

const struct peer peer_state_threads = {
    .unit = {.name = "state_threads",
             .summary = "State Threads: tasks with stacks on a loop over epoll",
             .unavailable = state_threads_unavailable},
    .work = {[NATIVE_SWITCH] = state_threads_switch,
             [NATIVE_SPAWN] = state_threads_spawn,
             [NATIVE_ECHO] = state_threads_echo},
};
