/* SPDX-License-Identifier: MIT */
/*
 * GNU Pth: tasks with stacks and priorities in one thread. Its input and
 * output wait by select(), which ends at 1,024 descriptors, so it serves no
 * echo here.
 */
#include "harness/base/sanitizer.h"
#include "harness/exec/nested.h"
#include "peers/peer.h"

#include <errno.h>
#include <pth.h>
#include <string.h>

struct peer_thread {
    struct peer_run *run;
    struct exec *ex;
    pth_attr_t attr; /* of its children */
    pth_t thread;
    int failed;
};

static pth_attr_t new_attr(const struct peer_run *run)
{
    pth_attr_t attr = pth_attr_new();
    int size = (int)params_get(run->params, "stack_kib") * 1024;
    if (attr) {
        pth_attr_set(attr, PTH_ATTR_STACK_SIZE, size);
        pth_attr_set(attr, PTH_ATTR_JOINABLE, TRUE);
    }
    return attr;
}

#define YIELD(ex) ((void)(ex), pth_yield(NULL))
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
            pth_yield(NULL);
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

static void *spawns(void *arg)
{
    struct peer_thread *thread = arg;
    struct exec *ex = thread->ex;
    uint64_t *children = thread->run->work->children[ex->index];
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        pth_t child = pth_spawn(thread->attr, child_main, children);
        if (!child || !pth_join(child, NULL)) {
            thread->failed = -EAGAIN;
            return NULL;
        }
        exec_progress(ex, ++steps);
    }
    return NULL;
}

static int join_all(struct peer_thread *threads, size_t n)
{
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        pth_join(threads[i].thread, NULL);
        rc = rc < 0 ? rc : threads[i].failed;
    }
    return rc;
}

static int run_all(struct peer_run *run, struct diag *diag,
                   void *(*fn)(void *arg))
{
    size_t n = run->work->tasks;
    struct exec *execs = peer_tasks_new(run);
    struct peer_thread *threads = peer_memory(run, n * sizeof(*threads));
    pth_attr_t attr = pth_init() ? new_attr(run) : NULL;
    if (!execs || !threads || !attr) {
        return diag_set(diag, -ENOMEM, "GNU Pth cannot start");
    }
    for (size_t i = 0; i < n; i++) {
        threads[i] =
            (struct peer_thread){.run = run, .ex = &execs[i], .attr = attr};
        threads[i].thread = pth_spawn(attr, fn, &threads[i]);
        if (!threads[i].thread) {
            return diag_set(diag, -EAGAIN, "GNU Pth made only %zu of %zu tasks",
                            i, n);
        }
    }
    int rc = peer_ready(run) ? join_all(threads, n) : 0;
    pth_attr_destroy(attr);
    pth_kill();
    return rc;
}

static int pth_switch(struct peer_run *run, struct diag *diag)
{
    return run_all(run, diag, yields);
}

static int pth_spawn_join(struct peer_run *run, struct diag *diag)
{
    return run_all(run, diag, spawns);
}

static const char *pth_unavailable(void)
{
#if defined(UNDER_ASAN) || defined(UNDER_TSAN)
    return "a sanitizer is not told of its switches";
#else
    return NULL;
#endif
}

const struct peer peer_pth = {
    .unit = {.name = "pth",
             .summary = "GNU Pth: tasks with stacks and priorities",
             .unavailable = pth_unavailable},
    .work = {[NATIVE_SWITCH] = pth_switch, [NATIVE_SPAWN] = pth_spawn_join},
};
