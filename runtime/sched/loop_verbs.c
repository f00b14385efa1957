/* SPDX-License-Identifier: MIT */
/* The verbs of exec.h on an event loop; those with a descriptor are the
 * poller's. */
#include "runtime/sched/loop_verbs.h"

#include "harness/base/must.h"

#include <errno.h>

/* Only the stop bit is ever set: a computing task is not asked to give way,
 * as under asyncio. */
static bool loop_safepoint(struct exec *ex)
{
    return !exec_stopping(ex);
}

static void loop_yield(struct exec *ex)
{
    exec_ring_push(exec_ready, ex);
    loop_leave(ex);
}

static int loop_spawn_child(struct exec *ex, exec_fn *fn, void *arg,
                            struct exec_child **ret)
{
    struct task *child = loop_spawn(task_of(ex)->loop, fn, arg);
    if (!child) {
        return -EAGAIN;
    }
    child->ex.index = ex->index;
    *ret = (struct exec_child *)child;
    return 0;
}

static void loop_join(struct exec *ex, struct exec_child *handle)
{
    struct task *child = (struct task *)handle;
    if (!child->done) {
        child->joiner = ex;
        loop_leave(ex);
    }
    loop_reap(child->loop, child);
}

static void loop_sleep_until(struct exec *ex, uint64_t deadline_ns)
{
    timers_add(&task_of(ex)->loop->timers, deadline_ns, ex);
    loop_leave(ex);
}

static struct poller *poller_of(struct exec *ex)
{
    return task_of(ex)->loop->poller;
}

static ssize_t loop_read(struct exec *ex, int fd, void *data, size_t size)
{
    struct poller *poller = poller_of(ex);
    return poller->type->read(poller, ex, fd, data, size);
}

static ssize_t loop_write(struct exec *ex, int fd, const void *data,
                          size_t size)
{
    struct poller *poller = poller_of(ex);
    return poller->type->write(poller, ex, fd, data, size);
}

static ssize_t loop_recv(struct exec *ex, int fd, void *data, size_t size)
{
    struct poller *poller = poller_of(ex);
    return poller->type->recv(poller, ex, fd, data, size);
}

static ssize_t loop_send(struct exec *ex, int fd, const void *data, size_t size)
{
    struct poller *poller = poller_of(ex);
    return poller->type->send(poller, ex, fd, data, size);
}

static int loop_accept(struct exec *ex, int fd)
{
    struct poller *poller = poller_of(ex);
    return poller->type->accept(poller, ex, fd);
}

static void loop_close(struct exec *ex, int fd)
{
    struct poller *poller = poller_of(ex);
    poller->type->close(poller, ex, fd);
}

static void loop_blocking(struct exec *ex, void (*fn)(void *), void *arg,
                          enum exec_via via)
{
    struct executor *executor = &task_of(ex)->loop->executor;
    struct executor_job job = {.fn = fn, .arg = arg, .ex = ex};
    if (via == EXEC_INLINE || executor_submit(executor, &job) < 0) {
        fn(arg);
        exec_ring_push(exec_ready, ex); /* the others' turn */
    }
    loop_leave(ex);
}

static void loop_detached(struct exec *ex, void (*fn)(void *), void *arg)
{
    (void)ex;
    fn(arg);
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

const struct exec_ops loop_ops = {
    .safepoint = loop_safepoint,
    .yield = loop_yield,
    .spawn = loop_spawn_child,
    .join = loop_join,
    .sleep_until = loop_sleep_until,
    .read = loop_read,
    .write = loop_write,
    .recv = loop_recv,
    .send = loop_send,
    .accept = loop_accept,
    .close = loop_close,
    .blocking = loop_blocking,
    .detached = loop_detached,
    .wait = loop_wait,
    .wake = loop_wake,
};
