/* SPDX-License-Identifier: MIT */
#include "runtime/sched/loop.h"

#include "harness/base/must.h"
#include "runtime/sched/loop_trace.h"

#include <string.h>

/* The executor first: loop_deinit() wants it initialised in any case. */
static int init_parts(struct loop *loop, const struct loop_config *config,
                      struct diag *diag)
{
    struct poller_config poller = {.tasks = config->tasks,
                                   .plain = config->plain_poller};
    int rc = executor_init(&loop->executor, config->executor_threads);
    if (rc < 0) {
        return diag_set(diag, rc, "cannot make the executor: %s",
                        strerror(-rc));
    }
    rc = poller_new(config->poller, &poller, &loop->poller, diag);
    if (rc < 0) {
        return rc;
    }
    rc = loop->poller->type->watch_wake(loop->poller, loop->executor.done_fd);
    return rc < 0 ? diag_set(diag, rc, "cannot watch the executor: %s",
                             strerror(-rc))
                  : 0;
}

int loop_init(struct loop *loop, const struct loop_config *config,
              struct diag *diag)
{
    *loop = (struct loop){
        .hist = config->hist, .phase = config->phase, .ops = config->ops};
    stack_pool_init(&loop->stacks, config->slot_size, config->tasks);
    stack_context_init_thread(&loop->ring.loop);
    return init_parts(loop, config, diag);
}

void loop_deinit(struct loop *loop)
{
    executor_deinit(&loop->executor);
    poller_free(loop->poller);
    timers_deinit(&loop->timers);
    stack_context_deinit(&loop->ring.loop);
    stack_pool_deinit(&loop->stacks);
}

/* A task's life on its own stack. It never comes back from its last switch;
 * its stack is freed by whoever reaps it, not under its own feet. */
static void task_entry(struct stack_context *context)
{
    struct exec *ex = container_of(context, struct exec, context);
    struct task *task = task_of(ex);
    struct exec_ring *ring = ex->ring;
    task->fn(ex, task->arg);
    task->done = true;
    task->loop->live--;
    if (task->joiner) {
        exec_ring_push(ring, task->joiner);
    }
    stack_context_finish(&ex->context);
    exec_ring_leave(ring, ex);
    must(!"a finished task was resumed");
}

struct task *loop_spawn(struct loop *loop, exec_fn *fn, void *arg)
{
    struct task *task = stack_new(&loop->stacks, sizeof(*task));
    if (!task) {
        return NULL;
    }
    task->loop = loop;
    task->fn = fn;
    task->arg = arg;
    task->ex.ops = loop->ops;
    task->ex.ring = &loop->ring;
    task->ex.hist = loop->hist;
    task->ex.phase = loop->phase;
    stack_context_init(&task->ex.context, &loop->stacks, task, task_entry);
    loop->live++;
    exec_ring_push(&loop->ring, &task->ex);
    return task;
}

void loop_reap(struct loop *loop, struct task *task)
{
    must(task->done);
    stack_context_deinit(&task->ex.context);
    stack_free(&loop->stacks, task);
}

/* How long the poll may wait: not at all while somebody is ready. */
static uint64_t poll_timeout(const struct loop *loop)
{
    if (loop->ring.head) {
        return 0;
    }
    uint64_t deadline = timers_next(&loop->timers);
    if (deadline == 0) {
        return UINT64_MAX;
    }
    uint64_t now = clock_now_ns();
    return deadline > now ? deadline - now : 0;
}

bool loop_poll(struct loop *loop)
{
    bool somebody_waits =
        loop->poller->waiting > 0 || loop->executor.pending > 0;
    if (!somebody_waits && loop->ring.head) {
        return false;
    }
    if (!somebody_waits && loop->timers.n == 0) {
        fprintf(stderr,
                "coop_tasks: %zu tasks wait for each other and nothing can "
                "wake them\n",
                loop->live);
        abort();
    }
    int rc =
        loop->poller->type->wait(loop->poller, poll_timeout(loop), &loop->ring);
    if (rc > 0) {
        executor_collect(&loop->executor, &loop->ring);
    }
    loop->error = rc < 0 ? rc : 0;
    return true;
}

void loop_expire_timers(struct loop *loop)
{
    if (loop->timers.n == 0) {
        return;
    }
    uint64_t now = clock_now_ns();
    struct exec *ex;
    while ((ex = timers_expire(&loop->timers, now))) {
        exec_ring_push(&loop->ring, ex);
    }
}

static void run_snapshot(struct loop *loop)
{
    struct exec_ring *ring = &loop->ring;
    uint64_t ready = ring->pushed - loop->taken;
    if (ready == 0) {
        return;
    }
    loop->taken = ring->pushed;
    ring->budget = ready - 1;
    struct exec *first = exec_ring_pop(ring);
    stack_switch(&ring->loop, &first->context);
}

void loop_count(struct loop *loop)
{
    counter_add(&loop->iterations, 1);
    counter_set(&loop->switches, loop->taken);
    counter_set(&loop->jobs, loop->executor.jobs);
}

void loop_run(struct loop *loop)
{
    if (loop->lane) {
        loop_trace_run(loop);
        return;
    }
    while (loop_goes_on(loop)) {
        loop_poll(loop);
        loop_expire_timers(loop);
        run_snapshot(loop);
        loop_count(loop);
    }
}
