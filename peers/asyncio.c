/* SPDX-License-Identifier: MIT */
/*
 * CPython's asyncio, as it is, in this process: CPython is loaded as for the
 * lock policy libpython, and asyncio.py does the work. Its garbage collector
 * is on and its loop is the default one.
 */
#include "harness/base/cleanup.h"
#include "harness/base/embed.h"
#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "peers/peer.h"
#include "runtime/locks/libpython_api.h"
#include "runtime/locks/libpython_find.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct embedded_file peer_scripts[];

/* What asyncio.py calls; of the one run that there is. */
static struct peer_run *running;
static struct diag *problem;
static int failed;
static struct exec *elsewhere; /* by task: who runs its job */

static bool ready(void)
{
    return peer_ready(running);
}

static void fail(const char *text)
{
    failed = diag_set(problem, -EIO, "asyncio: %.900s", text);
}

static void unbind(void)
{
    failed = failed < 0 ? failed : peer_unbind(running, problem);
}

static void bind(void)
{
    failed = failed < 0 ? failed : peer_bind(running, problem);
}

static void job(size_t task)
{
    running->work->job(&elsewhere[task], running->work->run, task);
}

static void record(size_t task, uint64_t ns)
{
    exec_record(running->execs[task], ns);
}

static const char *kind_name(enum native_kind kind)
{
    static const char *const names[NATIVE_KINDS] = {
        [NATIVE_NONE] = "none",       [NATIVE_SWITCH] = "switch",
        [NATIVE_SPAWN] = "spawn",     [NATIVE_ECHO] = "echo",
        [NATIVE_OFFLOAD] = "offload", [NATIVE_SLEEP] = "sleep",
        [NATIVE_TIMER] = "timer"};
    return names[kind];
}

static void write_numbers(const struct native_work *work,
                          const struct exec *execs, FILE *out)
{
    fprintf(out,
            "gilbench = {'kind': '%s', 'tasks': %zu, 'task_size': %zu,\n"
            "'execs': %" PRIuPTR ", 'steps_at': %zu, 'breaker_at': %zu,\n",
            kind_name(work->kind), work->tasks, sizeof(struct exec),
            (uintptr_t)execs, offsetof(struct exec, steps),
            offsetof(struct exec, breaker));
    fprintf(out,
            "'depth': %" PRId64 ", 'unjoined': %zu, 'fds': %" PRIuPTR ",\n"
            "'message_bytes': %zu, 'sleep_ns': %" PRIu64 ", 'span_ns': %" PRIu64
            ", 'look_ns': %" PRIu64 ", 'cancels': %d,\n",
            work->depth, work->unjoined, (uintptr_t)work->fds,
            work->message_bytes, work->sleep_ns, work->span_ns, work->look_ns,
            work->cancels);
}

/* The dictionary that asyncio.py reads. */
static char *write_work(const struct native_work *work,
                        const struct exec *execs)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    write_numbers(work, execs, out);
    fprintf(out,
            "'ready': %" PRIuPTR ", 'fail': %" PRIuPTR ", 'unbind': %" PRIuPTR
            ", 'bind': %" PRIuPTR ", 'job': %" PRIuPTR ", 'record': %" PRIuPTR
            ",\n'children': [",
            (uintptr_t)ready, (uintptr_t)fail, (uintptr_t)unbind,
            (uintptr_t)bind, (uintptr_t)job, (uintptr_t)record);
    for (size_t i = 0; work->children && i < work->tasks; i++) {
        fprintf(out, "%" PRIuPTR ",", (uintptr_t)work->children[i]);
    }
    fputs("]}\n", out);
    must(fclose(out) == 0);
    return text;
}

static int run_script(const struct libpython *python, const char *work)
{
    const struct embedded_file *script =
        embedded_find(peer_scripts, "asyncio.py");
    void *state = python->state_new(python->interpreter);
    python->restore_thread(state);
    bool fine = python->run_string(work, NULL) == 0 &&
                python->run_string((const char *)script->data, NULL) == 0;
    python->state_clear(state);
    python->state_delete_current();
    return fine ? 0 : -EIO;
}

static int asyncio_work(struct peer_run *run, struct diag *diag)
{
    const struct libpython_pace pace = {.switch_interval_us = 5000,
                                        .check_interval = 100};
    const struct libpython *python = NULL;
    const char *path = libpython_default(diag);
    int rc = path ? libpython_start(path, &pace, &python, diag) : -ENOENT;
    if (rc < 0) {
        return rc;
    }
    struct exec *execs = peer_tasks_new(run);
    elsewhere = peer_memory(run, run->work->tasks * sizeof(*elsewhere));
    if (!execs || !elsewhere) {
        return limits_no_memory(-ENOMEM, "the tasks", diag);
    }
    running = run;
    problem = diag;
    failed = 0;
    _cleanup_(free_p) char *work = write_work(run->work, execs);
    rc = run_script(python, work);
    if (rc < 0) {
        diag_set(diag, rc, "asyncio.py could not be run");
    }
    return rc < 0 ? rc : failed;
}

static const char *asyncio_unavailable(void)
{
    return libpython_default(NULL)
               ? NULL
               : "no libpython3 with its standard library is installed "
                 "(Debian: libpython3.11)";
}

const struct peer peer_asyncio = {
    .unit = {.name = "asyncio",
             .summary = "CPython's asyncio: coroutines of Python on its own "
                        "loop, jobs in its executor",
             .unavailable = asyncio_unavailable},
    .work = {[NATIVE_SWITCH] = asyncio_work,
             [NATIVE_SPAWN] = asyncio_work,
             [NATIVE_ECHO] = asyncio_work,
             [NATIVE_OFFLOAD] = asyncio_work,
             [NATIVE_SLEEP] = asyncio_work,
             [NATIVE_TIMER] = asyncio_work},
};
