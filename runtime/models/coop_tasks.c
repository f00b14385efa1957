/* SPDX-License-Identifier: MIT */
/*
 * Cooperative tasks: stackful, on one event loop in one thread, bound to the
 * first place. Nothing pre-empts them. What blocks goes to the executor, or
 * stalls the loop, as the workload says.
 *
 * With `loop_lock` the loop's thread and the executor's jobs share an
 * interpreter lock, as in CPython: a job that computes is then no relief.
 *
 * With `loops` there are several, each with its thread, place, poller, timers
 * and executor; a task stays on its loop. Tasks wake those of other loops
 * through these loops' eventfds, and only then do loops have to do with each
 * other.
 */
#include "harness/base/must.h"
#include "runtime/models/coop_loop.h"

#include <errno.h>
#include <string.h>

struct exec_run {
    size_t n;
    struct coop_loop **loops; /* task i is on number i mod n */
    struct world *world;      /* of all loops; NULL: nobody stops it */
    struct exec_thread *threads;
};

/* The names of all lock policies, in the order of their list. */
static const char *const loop_locks[] = {"none",
#define X(name) #name,
#include "lock_list.h"
#undef X
                                         NULL};

static int check_lock(const struct exec_setup *setup, struct diag *diag)
{
    const char *name = loop_locks[params_get(setup->params, "loop_lock")];
    const char *given = setup->lock ? setup->lock->name : loop_locks[0];
    if (strcmp(name, given) != 0) {
        return diag_set(diag, -EINVAL, "loop_lock is %s and the lock %s", name,
                        given);
    }
    return 0;
}

static size_t coop_tasks_places(const struct params *params, size_t tasks,
                                size_t offered);
static void coop_tasks_destroy(struct exec_run *run);

static int coop_tasks_create(const struct exec_setup *setup,
                             struct exec_run **ret, struct diag *diag)
{
    int rc = check_lock(setup, diag);
    if (rc < 0) {
        return rc;
    }
    struct exec_run *run = must_calloc(1, sizeof(*run));
    run->n = coop_tasks_places(setup->params, setup->tasks, 0);
    run->loops = must_calloc(run->n, sizeof(struct coop_loop *));
    run->threads = must_calloc(run->n, sizeof(*run->threads));
    run->world = world_new(setup->params, setup->phase);
    for (size_t i = 0; rc == 0 && i < run->n; i++) {
        struct coop_loop_share share = {
            .first = i, .stride = run->n, .world = run->world};
        rc = coop_loop_create(setup, &share, &run->loops[i], diag);
    }
    if (rc < 0) {
        coop_tasks_destroy(run);
        return rc;
    }
    *ret = run;
    return 0;
}

static int coop_tasks_start(struct exec_run *run, struct exec **execs,
                            struct diag *diag)
{
    int rc = 0;
    size_t started = 0;
    for (; rc == 0 && started < run->n; started++) {
        rc = coop_loop_start(run->loops[started], execs, diag);
        run->threads[started] = *coop_loop_thread(run->loops[started]);
    }
    for (size_t i = 0; rc < 0 && i + 1 < started; i++) {
        coop_loop_call_off(run->loops[i]);
    }
    return rc;
}

static void coop_tasks_go(struct exec_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        coop_loop_go(run->loops[i]);
    }
    if (run->world) {
        world_start(run->world);
    }
}

static void coop_tasks_stop(struct exec_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        coop_loop_stop(run->loops[i]);
    }
}

static void coop_tasks_join(struct exec_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        coop_loop_join(run->loops[i]);
    }
    if (run->world) {
        world_end(run->world);
    }
}

static int coop_tasks_failure(struct exec_run *run, struct diag *diag)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < run->n; i++) {
        rc = coop_loop_failure(run->loops[i], diag);
    }
    return rc;
}

static void coop_tasks_stats(struct exec_run *run, struct exec_stats *ret)
{
    *ret = (struct exec_stats){.has_loop = true, .longest_holder = EXEC_NOBODY};
    for (size_t i = 0; i < run->n; i++) {
        coop_loop_add_stats(run->loops[i], ret);
    }
    if (run->world) {
        ret->to_stop = run->world->to_stop;
        ret->pause = run->world->pause;
    }
}

static void coop_tasks_stacks(struct exec_run *run, struct exec_stacks *ret)
{
    *ret = (struct exec_stacks){0};
    for (size_t i = 0; i < run->n; i++) {
        coop_loop_add_stacks(run->loops[i], ret);
    }
}

static bool coop_tasks_thread_lock(struct exec_run *run, size_t thread,
                                   struct exec_thread_lock *ret)
{
    return coop_loop_lock(run->loops[thread], ret);
}

static size_t coop_tasks_threads(struct exec_run *run,
                                 const struct exec_thread **ret)
{
    *ret = run->threads;
    return run->n;
}

static void coop_tasks_destroy(struct exec_run *run)
{
    if (!run) {
        return;
    }
    for (size_t i = 0; i < run->n; i++) {
        coop_loop_destroy(run->loops[i]);
    }
    world_free(run->world);
    free(run->loops);
    free(run->threads);
    free(run);
}

#ifdef STACK_WATCHED
#define STACK_KIB_DEFAULT 256 /* instrumented frames are larger */
#else
#define STACK_KIB_DEFAULT 64
#endif

static size_t coop_tasks_places(const struct params *params, size_t tasks,
                                size_t offered)
{
    (void)offered;
    size_t loops = (size_t)params_get(params, "loops");
    return loops < tasks ? loops : tasks;
}

/* One loop has one thread. */
static bool coop_tasks_excludes(const struct exec_question *question)
{
    return params_get(question->params, "loops") == 1;
}

static const char *coop_tasks_unsupported(const struct exec_question *question)
{
    return params_get(question->params, "loops") > 1 && question->lock
               ? "with a lock there is one loop"
               : NULL;
}

static const char *const disciplines[] = {
    [LOOP_DIRECT] = "direct", [LOOP_SNAPSHOT] = "snapshot", NULL};

static const struct param coop_tasks_params[] = {
    {.name = "loops",
     .help = "event loops, each in a thread at a place of its own, to which "
             "tasks are dealt in turn",
     .unit = "loops",
     .def = 1,
     .min = 1,
     .max = 1024},
    {.name = "discipline",
     .help = "who runs next: whoever is ready, with a poll now and then, or as "
             "in asyncio those who were ready at the poll",
     .unit = "",
     .choices = disciplines,
     .def = LOOP_DIRECT},
    {.name = "stack_kib",
     .help = "address space of a task's stack; only touched pages use memory",
     .unit = "KiB",
     .def = STACK_KIB_DEFAULT,
     .min = 16,
     .max = 8192},
    {.name = "executor_threads",
     .help = "most threads of the executor; 0: min(32, CPUs + 4)",
     .unit = "threads",
     .def = 0,
     .min = 0,
     .max = 1024},
    {.name = "executor_core",
     .help = "threads of the executor that the first job starts; beyond them "
             "one is started when a job comes and none is idle",
     .unit = "threads",
     .def = 1,
     .min = 1,
     .max = 1024},
    {.name = "executor_queue",
     .help = "jobs that may wait for a thread; who submits more waits for room",
     .unit = "jobs",
     .def = 1024,
     .min = 1,
     .max = 1000000},
    {.name = "linger_us",
     .help = "how long the loop, and a thread of the executor, spins before it "
             "sleeps, while that pays; never with one PU",
     .unit = "us",
     .def = 0,
     .min = 0,
     .max = 1000000},
    WORLD_PARAMS,
    {.name = "loop_lock",
     .help = "the interpreter lock that the loop and the executor's jobs share",
     .unit = "",
     .choices = loop_locks,
     .def = 0},
    {.name = "poller",
     .help = "what the event loop waits with",
     .unit = "",
     .choices = poller_names,
     .def = 0},
    {0},
};

static const char *coop_tasks_rejects(const struct params *params)
{
    const struct poller_type *poller =
        poller_types[params_get(params, "poller")];
    if (params_get(params, "stop_world_ms") &&
        params_get(params, "loop_lock")) {
        return "stop_world_ms is for a loop without loop_lock";
    }
    return poller->unit.unavailable ? poller->unit.unavailable() : NULL;
}

const struct exec_model exec_model_coop_tasks = {
    .unit =
        {.name = "coop_tasks",
         .summary =
             "stackful tasks on one event loop in one thread, or on several",
         .params = coop_tasks_params,
         .rejects = coop_tasks_rejects},
    .sharing = EXEC_SHARES_OBJECTS,
    .excludes = coop_tasks_excludes,
    .lock_param = "loop_lock",
    .on_loops = true,
    .unsupported = coop_tasks_unsupported,
    .places = coop_tasks_places,
    .traces = true,
    .create = coop_tasks_create,
    .start = coop_tasks_start,
    .go = coop_tasks_go,
    .stop = coop_tasks_stop,
    .join = coop_tasks_join,
    .failure = coop_tasks_failure,
    .stats = coop_tasks_stats,
    .stacks = coop_tasks_stacks,
    .thread_lock = coop_tasks_thread_lock,
    .threads = coop_tasks_threads,
    .destroy = coop_tasks_destroy,
};
