/* SPDX-License-Identifier: MIT */
/*
 * Worker processes, forked from the controller: tasks are dealt to them, and
 * in each they are threads under the worker's own lock, as in a server that
 * forks. A worker has everything to itself that a process has: address space,
 * allocator, descriptors, the lock and all its waiters. What the controller
 * reads or sets lies in memory that was shared before the fork: the tasks'
 * breaker words and counters, histograms, and the gate at the start.
 *
 * Requests go over a socket pair to the worker's main thread, which runs no
 * task and otherwise sleeps:
 *
 *   USAGE   it writes its context switches to shared memory and answers
 *   END     it waits until its tasks have returned, and exits
 *
 * A worker that dies is seen by the end of its socket; the others are ended
 * then, and the run has failed with that reason. A worker dies with the
 * controller.
 */
#include "harness/base/intern.h"
#include "harness/base/mapping.h"
#include "harness/measure/switches.h"
#include "runtime/locks/lock_policy.h"
#include "runtime/models/thread_task.h"
#include "runtime/models/thread_tasks.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_NS (50 * NS_PER_MS)

enum request {
    REQUEST_USAGE = 'u',
    REQUEST_END = 'e',
};

struct worker {
    pid_t pid;                /* 0: reaped, or never there */
    int fd;                   /* the controller's end of its socket pair */
    struct switches switches; /* of the threads that run tasks */
    struct exec_library library;
    char library_path[PATH_MAX];
    char library_version[64];
};

/* In shared memory, as the run. */
struct fleet {
    struct exec_run *run;
    size_t n;
    pid_t *pids; /* by worker, of those that have been started */
    size_t started;
    int failure;
    struct diag why;
    struct worker workers[];
};

static size_t fleet_size(size_t n)
{
    return sizeof(struct fleet) + n * sizeof(struct worker);
}

static struct fleet *fleet_of(const struct exec_run *run)
{
    return run->owner;
}

/* Different PUs among those of the tasks: where nothing is bound, as many as
 * this process may use. */
static size_t count_places(const struct exec_setup *setup)
{
    cpu_set_t seen;
    size_t n = 0;
    CPU_ZERO(&seen);
    if (setup->pus[0] == PU_UNBOUND) {
        must(sched_getaffinity(0, sizeof(seen), &seen) == 0);
        return (size_t)CPU_COUNT(&seen);
    }
    for (size_t i = 0; i < setup->tasks; i++) {
        bool again = false;
        for (size_t k = 0; k < i && k < n && !again; k++) {
            again = setup->pus[k] == setup->pus[i];
        }
        n += !again;
    }
    return n;
}

/* Which worker a task belongs to follows from its number, and placement deals
 * PUs in the same order: so a worker is on one PU. */
static size_t processes_places(const struct params *params, size_t tasks,
                               size_t offered)
{
    size_t n = (size_t)params_get(params, "workers");
    n = n == 0 ? offered : n;
    return n < tasks ? n : tasks;
}

static int processes_create(const struct exec_setup *setup,
                            struct exec_run **ret, struct diag *diag)
{
    (void)diag;
    size_t n =
        processes_places(setup->params, setup->tasks, count_places(setup));
    struct fleet *fleet = mapping_new(fleet_size(n), true);
    fleet->run = thread_run_new(setup, n, true, true);
    fleet->run->owner = fleet;
    fleet->n = n;
    fleet->pids = must_calloc(n, sizeof(*fleet->pids));
    *ret = fleet->run;
    return 0;
}

/* --- in a worker --- */

/* The controller shall read what this process knows of the library. */
static void share_library(struct worker *worker, struct gil *gil)
{
    if (gil->library) {
        snprintf(worker->library_path, sizeof(worker->library_path), "%s",
                 gil->library->path);
        snprintf(worker->library_version, sizeof(worker->library_version), "%s",
                 gil->library->version);
        worker->library =
            (struct exec_library){.path = worker->library_path,
                                  .version = worker->library_version,
                                  .free_threaded = gil->library->free_threaded};
        gil->library = &worker->library;
    }
}

/* Makes the tasks of this worker and returns how many; the others are reported
 * ready with the reason. */
static size_t start_tasks(struct fleet *fleet, size_t number)
{
    struct exec_run *run = fleet->run;
    struct diag diag = {0};
    size_t started = 0;
    int rc = thread_run_make_lock(run, number, &diag);
    if (rc == 0) {
        share_library(&fleet->workers[number], &run->groups[number].gil);
    }
    for (size_t i = number; i < run->setup.tasks; i += fleet->n) {
        rc = rc == 0 ? thread_task_start(run, i) : rc;
        if (rc == 0) {
            started++;
            continue;
        }
        if (*diag.text == '\0') {
            diag_set(&diag, rc, "task %zu has no thread: %s", i, strerror(-rc));
        }
        thread_gate_ready(run, 1, rc, &diag);
    }
    return started;
}

/* What only tasks of other processes use is not kept open here. */
static void leave_others(const struct fleet *fleet, size_t number)
{
    const struct exec_setup *setup = &fleet->run->setup;
    for (size_t i = 0; setup->leave && i < setup->tasks; i++) {
        if (i % fleet->n != number) {
            setup->leave(i, setup->arg);
        }
    }
}

/* False: there are no more, END was the last. */
static bool await_request(int fd, struct switches *switches)
{
    char request = 0;
    ssize_t n;
    do {
        n = read(fd, &request, 1);
    } while (n < 0 && errno == EINTR);
    if (n != 1 || request == REQUEST_END) {
        return false;
    }
    switches_read(switches); /* this thread is the one that runs none */
    return send(fd, &request, 1, MSG_NOSIGNAL) == 1;
}

__attribute__((noreturn)) static void worker_main(struct fleet *fleet,
                                                  size_t number, int fd,
                                                  pid_t controller)
{
    struct exec_run *run = fleet->run;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != controller) { /* it died before the line above */
        _exit(1);
    }
    leave_others(fleet, number);
    size_t started = start_tasks(fleet, number);
    while (await_request(fd, &fleet->workers[number].switches)) {
    }
    for (size_t i = 0; i < started; i++) {
        pthread_t thread = run->tasks[number + i * fleet->n].thread;
        must(pthread_join(thread, NULL) == 0);
    }
    _exit(0);
}

/* --- in the controller --- */

static int worker_start(struct fleet *fleet, size_t number, struct diag *diag)
{
    struct worker *worker = &fleet->workers[number];
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        return diag_set(diag, -errno, "cannot make a socket pair: %s",
                        strerror(errno));
    }
    pid_t controller = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        worker_main(fleet, number, pair[1], controller);
    }
    int rc = pid < 0 ? -errno : 0;
    close(pair[1]);
    worker->fd = pair[0];
    worker->pid = pid < 0 ? 0 : pid;
    fleet->pids[number] = pid;
    fleet->started++;
    return rc < 0 ? diag_set(diag, rc,
                             "only %zu of %zu workers could be made: "
                             "%s",
                             number, fleet->n, strerror(-rc))
                  : 0;
}

/* The first one that did not end as it should is the run's failure. */
static void note_end(struct fleet *fleet, size_t number, int status)
{
    fleet->workers[number].pid = 0;
    if (status == 0 || fleet->failure < 0) {
        return;
    }
    if (WIFSIGNALED(status)) {
        fleet->failure =
            diag_set(&fleet->why, -ECHILD,
                     "worker %zu of %zu was killed by signal %d (%s)", number,
                     fleet->n, WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        fleet->failure = diag_set(&fleet->why, -ECHILD,
                                  "worker %zu of %zu ended with exit code %d",
                                  number, fleet->n, WEXITSTATUS(status));
    }
}

/* `how`: 0 or WNOHANG. */
static void reap(struct fleet *fleet, size_t number, int how)
{
    int status = 0;
    pid_t pid = fleet->workers[number].pid;
    pid_t ended;
    do {
        ended = waitpid(pid, &status, how);
    } while (ended < 0 && errno == EINTR);
    if (ended == pid) {
        note_end(fleet, number, status);
    }
}

static void end_all(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->started; i++) {
        if (fleet->workers[i].pid) {
            kill(fleet->workers[i].pid, SIGKILL);
            reap(fleet, i, 0);
        }
    }
}

/* All tasks at the gate, or why not. A worker that dies on the way there
 * reports nothing, so they are looked after. */
static int await_tasks(struct fleet *fleet, struct diag *diag)
{
    struct exec_run *run = fleet->run;
    for (;;) {
        int rc = thread_gate_await(run, run->setup.tasks, LOOK_NS, diag);
        if (rc != -ETIMEDOUT) {
            return rc;
        }
        for (size_t i = 0; i < fleet->n; i++) {
            reap(fleet, i, WNOHANG);
        }
        if (fleet->failure < 0) {
            return diag_set(diag, fleet->failure, "%s", fleet->why.text);
        }
    }
}

static int processes_start(struct exec_run *run, struct exec **execs,
                           struct diag *diag)
{
    struct fleet *fleet = fleet_of(run);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < fleet->n; i++) {
        rc = worker_start(fleet, i, diag);
    }
    leave_others(fleet, fleet->n);
    rc = rc < 0 ? rc : await_tasks(fleet, diag);
    if (rc < 0) {
        end_all(fleet);
        return rc;
    }
    for (size_t i = 0; i < run->setup.tasks; i++) {
        execs[i] = &run->tasks[i].ex;
    }
    return 0;
}

static void request_all(struct fleet *fleet, enum request request)
{
    char byte = (char)request;
    for (size_t i = 0; i < fleet->started; i++) {
        (void)!send(fleet->workers[i].fd, &byte, 1, MSG_NOSIGNAL);
    }
}

static void processes_switches(struct exec_run *run, uint64_t *voluntary,
                               uint64_t *involuntary)
{
    struct fleet *fleet = fleet_of(run);
    request_all(fleet, REQUEST_USAGE);
    for (size_t i = 0; i < fleet->started; i++) {
        char byte;
        ssize_t n;
        do {
            n = read(fleet->workers[i].fd, &byte, 1);
        } while (n < 0 && errno == EINTR);
        *voluntary += fleet->workers[i].switches.voluntary;
        *involuntary += fleet->workers[i].switches.involuntary;
    }
}

/* Waits for the end of any worker's socket. */
static void await_an_end(struct fleet *fleet)
{
    struct pollfd *fds = must_calloc(fleet->started, sizeof(*fds));
    for (size_t i = 0; i < fleet->started; i++) {
        const struct worker *worker = &fleet->workers[i];
        fds[i] = (struct pollfd){.fd = worker->pid ? worker->fd : -1,
                                 .events = POLLIN};
    }
    int ready = poll(fds, fleet->started, -1);
    for (size_t i = 0; ready > 0 && i < fleet->started; i++) {
        if (fds[i].fd >= 0 && fds[i].revents) {
            reap(fleet, i, 0);
        }
    }
    free(fds);
}

static size_t count_alive(const struct fleet *fleet)
{
    size_t n = 0;
    for (size_t i = 0; i < fleet->started; i++) {
        n += fleet->workers[i].pid != 0;
    }
    return n;
}

/* Tasks that wait for those of a worker that has died would wait for ever. */
static void processes_join(struct exec_run *run)
{
    struct fleet *fleet = fleet_of(run);
    request_all(fleet, REQUEST_END);
    while (count_alive(fleet) > 0 && fleet->failure == 0) {
        await_an_end(fleet);
    }
    end_all(fleet);
    thread_run_merge(run);
}

static int processes_failure(struct exec_run *run, struct diag *diag)
{
    const struct fleet *fleet = fleet_of(run);
    return fleet->failure < 0
               ? diag_set(diag, fleet->failure, "%s", fleet->why.text)
               : 0;
}

/* What is said of a library lives longer than the run. */
static void processes_stats(struct exec_run *run, struct exec_stats *ret)
{
    static struct exec_library library;
    thread_tasks_stats(run, ret);
    if (ret->library) {
        library = (struct exec_library){
            .path = interned(intern(ret->library->path)),
            .version = interned(intern(ret->library->version)),
            .free_threaded = ret->library->free_threaded};
        ret->library = &library;
    }
}

static size_t processes_workers(struct exec_run *run, const pid_t **ret)
{
    const struct fleet *fleet = fleet_of(run);
    *ret = fleet->pids;
    return fleet->started;
}

static void processes_destroy(struct exec_run *run)
{
    if (!run) {
        return;
    }
    struct fleet *fleet = fleet_of(run);
    end_all(fleet);
    for (size_t i = 0; i < fleet->started; i++) {
        close(fleet->workers[i].fd);
    }
    free(fleet->pids);
    thread_run_free(run);
    mapping_free(fleet, fleet_size(fleet->n));
}

static const char *processes_unsupported(const struct exec_question *question)
{
    return params_get(question->params, "stop_world_ms")
               ? "workers share no objects: there is no world of all to stop"
               : NULL;
}

static const struct param processes_params[] = {
    {.name = "workers",
     .help = "processes, to which tasks are dealt in turn; 0: one a place",
     .unit = "processes",
     .def = 0,
     .min = 0,
     .max = 10000},
    WORLD_PARAMS,
    {0},
};

const struct exec_model exec_model_processes = {
    .unit = {.name = "processes",
             .summary = "forked workers; in each, a thread a task under a lock "
                        "of its own",
             .params = processes_params},
    .sharing = EXEC_SHARES_NOTHING,
    .unsupported = processes_unsupported,
    .takes_lock = true,
    .places = processes_places,
    .create = processes_create,
    .start = processes_start,
    .go = thread_tasks_go,
    .stop = thread_tasks_stop,
    .join = processes_join,
    .failure = processes_failure,
    .stats = processes_stats,
    .thread_lock = thread_tasks_thread_lock,
    .threads = thread_tasks_threads,
    .workers = processes_workers,
    .switches = processes_switches,
    .destroy = processes_destroy,
};
