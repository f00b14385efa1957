/* SPDX-License-Identifier: MIT */
/* The verbs of exec.h on an event loop; those with a descriptor are the
 * poller's. */
#include "runtime/sched/loop_verbs.h"

#include "harness/base/must.h"

#include <errno.h>

/* The loop that runs the calling task. By way of the thread, because the memory
 * of a task that has waited is cold: the less of it is looked at, the better.
 */
static struct loop *loop_here(void)
{
    return container_of(exec_ready, struct loop, ring);
}

/* A computing task is not asked to give way to another task, as under asyncio.
 * Where there is a guard, other threads may ask for that. */
static bool loop_safepoint(struct exec *ex)
{
    guard_poll(loop_here()->guard);
    return !exec_stopping(ex);
}

/* Where no spare one is left; see exec_spawn(). */
static int loop_spawn_new(struct exec *ex, exec_fn *fn, void *arg,
                          struct exec_child **ret)
{
    struct loop *loop = loop_here();
    struct task *child = loop_spawn_child(loop, fn, arg, ex->index);
    *ret = (struct exec_child *)child;
    return child ? 0 : -EAGAIN;
}

static void loop_sleep_until(struct exec *ex, uint64_t deadline_ns)
{
    struct timer timer = {.deadline_ns = deadline_ns, .ex = ex};
    timers_add(&loop_here()->timers, &timer);
    loop_leave(ex);
}

static ssize_t loop_read(struct exec *ex, int fd, void *data, size_t size)
{
    struct poller *poller = loop_here()->poller;
    return poller->type->read(poller, ex, fd, data, size);
}

static ssize_t loop_write(struct exec *ex, int fd, const void *data,
                          size_t size)
{
    struct poller *poller = loop_here()->poller;
    return poller->type->write(poller, ex, fd, data, size);
}

static ssize_t loop_recv(struct exec *ex, int fd, void *data, size_t size)
{
    struct poller *poller = loop_here()->poller;
    return poller->type->recv(poller, ex, fd, data, size);
}

static ssize_t loop_send(struct exec *ex, int fd, const void *data, size_t size)
{
    struct poller *poller = loop_here()->poller;
    return poller->type->send(poller, ex, fd, data, size);
}

static int loop_accept(struct exec *ex, int fd)
{
    struct poller *poller = loop_here()->poller;
    return poller->type->accept(poller, ex, fd);
}

static void loop_close(struct exec *ex, int fd)
{
    struct poller *poller = loop_here()->poller;
    poller->type->close(poller, ex, fd);
}

/* A call that blocks, as a job: without the guard. */
struct blocking_call {
    void (*fn)(void *);
    void *arg;
};

static void make_blocking_call(struct exec *here, void *arg)
{
    const struct blocking_call *call = arg;
    exec_detached(here, call->fn, call->arg);
}

/* In the executor. Without a thread to run it the loop ends: the task could
 * only go on by doing something else than it was told. */
static void loop_offload(struct exec *ex, exec_fn *fn, void *arg)
{
    struct loop *loop = loop_here();
    struct executor_job job = {.fn = fn, .arg = arg, .ex = ex};
    int rc = executor_submit(&loop->executor, &job);
    if (rc < 0) {
        loop->error = rc;
        loop->no_threads = true;
        loop->ring.limit = loop->ring.head;
    }
    loop_leave(ex);
}

static void loop_detached(struct exec *ex, void (*fn)(void *), void *arg)
{
    (void)ex;
    struct guard *guard = loop_here()->guard;
    guard_leave(guard);
    fn(arg);
    guard_enter(guard);
}

static void loop_blocking(struct exec *ex, void (*fn)(void *), void *arg,
                          enum exec_via via)
{
    if (via == EXEC_EXECUTOR) {
        struct blocking_call call = {fn, arg};
        loop_offload(ex, make_blocking_call, &call);
    } else {
        loop_detached(ex, fn, arg);
        exec_ring_yield(exec_ready, ex); /* the others' turn */
    }
}

static void loop_file(struct exec *ex, struct exec_file *file)
{
    struct poller *poller = loop_here()->poller;
    if (poller->type->file) {
        poller->type->file(poller, ex, file);
    } else {
        exec_blocking(ex, exec_file_make, file, EXEC_EXECUTOR);
    }
}

/* One thread: the state needs no order, and a waiter is handed the event
 * directly, so it stays clear. */
static void loop_wait(struct exec *ex, struct exec_event *event)
{
    if (atomic_load_explicit(&event->state, memory_order_relaxed)) {
        atomic_store_explicit(&event->state, 0, memory_order_relaxed);
        return;
    }
    atomic_store_explicit(&event->waiter, ex, memory_order_relaxed);
    loop_leave(ex);
}

static void loop_wake(struct exec *ex, struct exec_event *event)
{
    (void)ex;
    struct exec *waiter =
        atomic_load_explicit(&event->waiter, memory_order_relaxed);
    if (waiter) {
        atomic_store_explicit(&event->waiter, NULL, memory_order_relaxed);
        exec_ring_push(exec_ready, waiter);
    } else {
        atomic_store_explicit(&event->state, 1, memory_order_relaxed);
    }
}

/*
 * The same where the waker may be on another loop. `waiter` is the event's only
 * word then:
 *
 *   value        set by            cleared by          order
 *   NULL         clear             -
 *   IS_SET       the waker         the one who waits   release, acquire
 *   a job        the one who is    the waker, which    release, acquire
 *                about to wait     delivers it
 *
 * The job is on the waiter's stack and says who waits. It comes to the waiter's
 * own loop as a finished job of the executor does, so it does not matter that
 * the waiter may not have left its stack yet.
 */
#define IS_SET ((struct exec *)1)

static bool far_replace(struct exec_event *event, struct exec *from,
                        struct exec *to)
{
    return atomic_compare_exchange_strong_explicit(
        &event->waiter, &from, to, memory_order_acq_rel, memory_order_acquire);
}

static void far_wait(struct exec *ex, struct exec_event *event)
{
    struct executor *executor = &loop_here()->executor;
    struct executor_job job = {.ex = ex};
    if (far_replace(event, IS_SET, NULL)) {
        return;
    }
    executor->pending++;
    if (far_replace(event, NULL, (struct exec *)&job)) {
        loop_leave(ex);
    } else { /* it was set meanwhile */
        executor->pending--;
        must(far_replace(event, IS_SET, NULL));
    }
}

/* `job` is gone once its task runs. */
static void far_deliver(struct executor_job *job)
{
    struct loop *loop = task_of(job->ex)->loop;
    if (loop == loop_here()) {
        loop->executor.pending--;
        exec_ring_push(exec_ready, job->ex);
    } else {
        executor_deliver(&loop->executor, job);
    }
}

static void far_wake(struct exec *ex, struct exec_event *event)
{
    (void)ex;
    struct exec *waiter =
        atomic_load_explicit(&event->waiter, memory_order_acquire);
    while (waiter != IS_SET) {
        if (!far_replace(event, waiter, waiter ? NULL : IS_SET)) {
            waiter = atomic_load_explicit(&event->waiter, memory_order_acquire);
            continue;
        }
        if (waiter) {
            far_deliver((struct executor_job *)waiter);
        }
        return;
    }
}

/* All verbs but those that know of other loops. Yielding and joining are inline
 * (exec_ring.h). */
#define VERBS_OF_ONE_LOOP                                                      \
    .safepoint = loop_safepoint, .spawn = loop_spawn_new,                      \
    .sleep_until = loop_sleep_until, .read = loop_read, .write = loop_write,   \
    .recv = loop_recv, .send = loop_send, .accept = loop_accept,               \
    .close = loop_close, .file = loop_file, .blocking = loop_blocking,         \
    .detached = loop_detached, .offload = loop_offload

const struct exec_ops loop_ops = {VERBS_OF_ONE_LOOP, .wait = loop_wait,
                                  .wake = loop_wake};

const struct exec_ops loop_ops_of_several = {
    VERBS_OF_ONE_LOOP, .wait = far_wait, .wake = far_wake};
