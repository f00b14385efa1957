/* SPDX-License-Identifier: MIT */
/*
 * State Threads: stackful tasks on an event loop in one thread, as ours are,
 * with readable descriptors from epoll. It has no yield; sleeping for no time
 * is the way to let the others run.
 */
#include "peers/scheduled.h"

#include <st.h>
#include <string.h>
#include <unistd.h>

static int begin(struct peer_run *run, struct diag *diag)
{
    (void)run;
    st_set_eventsys(ST_EVENTSYS_ALT); /* epoll */
    if (st_init() < 0) {
        int rc = -errno;
        return diag_set(diag, rc, "State Threads cannot start: %s",
                        strerror(-rc));
    }
    return 0;
}

static void *spawn(struct peer_run *run, scheduled_fn *fn, void *arg)
{
    int size = (int)params_get(run->params, "stack_kib") * 1024;
    return st_thread_create(fn, arg, 1, size);
}

static bool join(void *task)
{
    return st_thread_join(task, NULL) == 0;
}

static void yield(void)
{
    st_usleep(0);
}

static const struct scheduler scheduler = {.name = "State Threads",
                                           .begin = begin,
                                           .spawn = spawn,
                                           .join = join,
                                           .yield = yield};

#define YIELD(ex) ((void)(ex), yield())
NESTED_CHAINS(struct exec *, YIELD)

static void *yields(void *task)
{
    return scheduled_yields(task, &scheduler, nested_chains);
}

static void *spawns(void *task)
{
    return scheduled_spawns(task, &scheduler);
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
    struct scheduled_task *task = arg;
    const struct native_work *work = task->run->work;
    int *os_fd = &work->fds[task->ex->index];
    st_netfd_t fd = st_netfd_open_socket(*os_fd);
    unsigned char *message = calloc(1, work->message_bytes);
    uint64_t steps = 0;
    int rc = fd && message ? 1 : -ENOMEM;
    while (rc > 0 && (rc = serve_one(fd, message, work->message_bytes)) > 0) {
        exec_progress(task->ex, ++steps);
        (void)exec_safepoint(task->ex);
    }
    task->failed = rc;
    if (fd) {
        st_netfd_close(fd);
        *os_fd = -1;
    }
    free(message);
    return NULL;
}

static int state_threads_switch(struct peer_run *run, struct diag *diag)
{
    return scheduled_run(run, &scheduler, yields, diag);
}

static int state_threads_spawn(struct peer_run *run, struct diag *diag)
{
    return scheduled_run(run, &scheduler, spawns, diag);
}

static int state_threads_echo(struct peer_run *run, struct diag *diag)
{
    return scheduled_run(run, &scheduler, serves, diag);
}

const struct peer peer_state_threads = {
    .unit = {.name = "state_threads",
             .summary = "State Threads: tasks with stacks on a loop over epoll",
             .unavailable = peer_switches_unseen},
    .work = {[NATIVE_SWITCH] = state_threads_switch,
             [NATIVE_SPAWN] = state_threads_spawn,
             [NATIVE_ECHO] = state_threads_echo},
};
