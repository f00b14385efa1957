/* SPDX-License-Identifier: MIT */
/*
 * No model of ours: runs a program of peers/, which does the workload's work
 * in its own way, in one thread at the first place. It gives our models
 * something to be measured against.
 */
#include "peers/peer.h"
#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "harness/exec/exec_model.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define X(name) extern const struct peer peer_##name;
#include "peer_list.h"
#undef X

/* By the number of the choice. */
static const struct peer *const peers[] = {
    NULL,
#define X(name) &peer_##name,
#include "peer_list.h"
#undef X
};

static const char *const peer_choices[] = {
    "none",
#define X(name) #name,
#include "peer_list.h"
#undef X
    NULL,
};

struct exec_run {
    struct exec_setup setup;
    const struct peer *peer;
    struct peer_run program;
    struct peer_gate gate;
    struct exec_thread thread;
    pthread_t pthread;
    bool started;
};

static const struct peer *peer_of(const struct params *params)
{
    return peers[params_get(params, "program")];
}

static void *program_thread(void *arg)
{
    struct exec_run *run = arg;
    struct peer_gate *gate = &run->gate;
    struct diag diag = {0};
    run->thread.tid = (pid_t)syscall(SYS_gettid);
    int rc = peer_bind(&run->program, &diag);
    if (rc == 0) {
        rc = run->peer->work[run->setup.work->kind](&run->program, &diag);
    }
    if (!gate->passed) {
        must(rc < 0);
        gate->error = rc;
        gate->diag = diag;
        must(sem_post(&gate->ready) == 0);
    } else if (rc < 0) {
        gate->diag = diag; /* as long as the run, which keeps the words */
        workload_fail(run->program.execs[0], run->setup.work->run, rc,
                      *gate->diag.text ? gate->diag.text
                                       : "running the peer's program");
    }
    return NULL;
}

static int peer_create(const struct exec_setup *setup, struct exec_run **ret,
                       struct diag *diag)
{
    (void)diag;
    struct exec_run *run = must_calloc(1, sizeof(*run));
    run->setup = *setup;
    run->peer = peer_of(setup->params);
    run->thread.pu = setup->pus[0];
    run->thread.hist = must_calloc(1, sizeof(*run->thread.hist));
    must(sem_init(&run->gate.ready, 0, 0) == 0);
    must(sem_init(&run->gate.open, 0, 0) == 0);
    run->program =
        (struct peer_run){.work = setup->work,
                          .params = setup->params,
                          .execs = must_calloc(setup->tasks, sizeof(void *)),
                          .hist = run->thread.hist,
                          .phase = setup->phase,
                          .pu = setup->pus[0],
                          .gate = &run->gate};
    *ret = run;
    return 0;
}

static void open_gate(struct exec_run *run, bool go)
{
    run->gate.go = go;
    must(sem_post(&run->gate.open) == 0);
}

static void peer_join(struct exec_run *run)
{
    if (run->started) {
        must(pthread_join(run->pthread, NULL) == 0);
        run->started = false;
    }
}

static int peer_start(struct exec_run *run, struct exec **execs,
                      struct diag *diag)
{
    for (size_t i = 0; i < run->setup.tasks; i++) {
        run->setup.first_touch(i, run->setup.arg);
    }
    int rc = -pthread_create(&run->pthread, NULL, program_thread, run);
    if (rc < 0) {
        return limits_no_thread(rc, "the program", diag);
    }
    run->started = true;
    while (sem_wait(&run->gate.ready) < 0) {
        must(errno == EINTR);
    }
    if (run->gate.error < 0) {
        *diag = run->gate.diag;
        peer_join(run);
        return run->gate.error;
    }
    memcpy(execs, run->program.execs, run->setup.tasks * sizeof(*execs));
    return 0;
}

static void peer_go(struct exec_run *run)
{
    open_gate(run, true);
}

static void peer_stop(struct exec_run *run)
{
    for (size_t i = 0; i < run->setup.tasks; i++) {
        atomic_fetch_or_explicit(&run->program.execs[i]->breaker, EXEC_STOP,
                                 memory_order_relaxed);
    }
}

static void peer_stats(struct exec_run *run, struct exec_stats *ret)
{
    (void)run;
    *ret = (struct exec_stats){0};
}

static size_t peer_threads(struct exec_run *run, const struct exec_thread **ret)
{
    *ret = &run->thread;
    return 1;
}

static void peer_destroy(struct exec_run *run)
{
    if (!run) {
        return;
    }
    must(sem_destroy(&run->gate.ready) == 0);
    must(sem_destroy(&run->gate.open) == 0);
    if (run->gate.passed && run->peer->cleanup) {
        run->peer->cleanup(&run->program);
    }
    peer_memory_free(&run->program);
    free(run->thread.hist);
    free(run->program.execs);
    free(run);
}

static const char *peer_rejects(const struct params *params)
{
    const struct peer *peer = peer_of(params);
    if (!peer) {
        return "say which peer, as in --set program=boost_context";
    }
    return peer->unit.unavailable ? peer->unit.unavailable() : NULL;
}

static const char *peer_cannot_do(const struct params *params,
                                  enum native_kind kind)
{
    const struct peer *peer = peer_of(params);
    if (kind == NATIVE_NONE) {
        return "no peer does the work of this workload";
    }
    return peer && peer->work[kind] ? NULL
                                    : "this peer does other work than that";
}

static const struct param peer_params[] = {
    {.name = "program",
     .help = "which program of peers/ does the work",
     .unit = "",
     .choices = peer_choices,
     .def = 0},
    {.name = "stack_kib",
     .help = "address space of a task's stack; only touched pages use memory",
     .unit = "KiB",
     .def = 64,
     .min = 16,
     .max = 8192},
    {0},
};

const struct exec_model exec_model_peer = {
    .unit = {.name = "peer",
             .summary = "no model: a program for another library that does the "
                        "same work in one thread",
             .params = peer_params,
             .rejects = peer_rejects},
    .on_loops = true,
    .places = exec_one_place,
    .sharing = EXEC_SHARES_OBJECTS,
    .by_name_only = true,
    .cannot_do = peer_cannot_do,
    .create = peer_create,
    .start = peer_start,
    .go = peer_go,
    .stop = peer_stop,
    .join = peer_join,
    .stats = peer_stats,
    .threads = peer_threads,
    .destroy = peer_destroy,
};
