/* SPDX-License-Identifier: MIT */
/* The verbs of exec.h on a thread of its own, with or without a lock. */
#include "harness/base/must.h"
#include "runtime/models/thread_task.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Runs `call` detached from the lock, again when a signal interrupted it. */
#define DETACHED(ex, result, call)                                             \
    do {                                                                       \
        struct thread_task *self_ = thread_task_of(ex);                        \
        thread_leave(self_);                                                   \
        do {                                                                   \
            (result) = (call);                                                 \
        } while ((result) < 0 && errno == EINTR);                              \
        (result) = (result) < 0 ? -errno : (result);                           \
        thread_enter(self_);                                                   \
    } while (0)

/* While it waits for the lock the world counts it as stopped: who is stopped
 * may hold the lock. */
static void give_way(struct thread_task *task)
{
    if (task->world) {
        world_detach(task->world, &task->member);
    }
    gil_safepoint(task->gil, &task->user);
    if (task->world) {
        world_attach(task->world, &task->member);
    }
}

static bool thread_safepoint(struct exec *ex)
{
    struct thread_task *task = thread_task_of(ex);
    if (task->world) {
        world_safepoint(task->world, &task->member, ex);
    }
    if (task->gil) {
        give_way(task);
    }
    return !exec_stopping(ex);
}

/* Gives the lock away and takes it back, as a runtime's sleep(0) does; free
 * threads give way to the kernel's run queue. */
static void thread_yield(struct exec *ex)
{
    struct thread_task *task = thread_task_of(ex);
    if (task->gil) {
        thread_leave(task);
        thread_enter(task);
    } else {
        sched_yield();
    }
}

static void thread_sleep_until(struct exec *ex, uint64_t deadline_ns)
{
    struct thread_task *task = thread_task_of(ex);
    thread_leave(task);
    clock_sleep_until(deadline_ns);
    thread_enter(task);
}

static ssize_t thread_read(struct exec *ex, int fd, void *data, size_t size)
{
    ssize_t n;
    DETACHED(ex, n, read(fd, data, size));
    return n;
}

static ssize_t thread_write(struct exec *ex, int fd, const void *data,
                            size_t size)
{
    ssize_t n;
    DETACHED(ex, n, write(fd, data, size));
    return n;
}

static ssize_t thread_recv(struct exec *ex, int fd, void *data, size_t size)
{
    ssize_t n;
    DETACHED(ex, n, recv(fd, data, size, 0));
    return n;
}

static ssize_t thread_send(struct exec *ex, int fd, const void *data,
                           size_t size)
{
    ssize_t n;
    DETACHED(ex, n, send(fd, data, size, MSG_NOSIGNAL));
    return n;
}

static int thread_accept(struct exec *ex, int fd)
{
    int connection;
    DETACHED(ex, connection, accept4(fd, NULL, NULL, SOCK_CLOEXEC));
    return connection;
}

static void thread_close(struct exec *ex, int fd)
{
    (void)ex;
    close(fd);
}

static void thread_detached(struct exec *ex, void (*fn)(void *), void *arg)
{
    struct thread_task *task = thread_task_of(ex);
    thread_leave(task);
    fn(arg);
    thread_enter(task);
}

static void thread_file(struct exec *ex, struct exec_file *file)
{
    thread_detached(ex, exec_file_make, file);
}

static void thread_blocking(struct exec *ex, void (*fn)(void *), void *arg,
                            enum exec_via via)
{
    (void)via;
    thread_detached(ex, fn, arg);
}

static void thread_offload(struct exec *ex, exec_fn *fn, void *arg)
{
    fn(ex, arg);
}

static bool take_event(struct exec_event *event)
{
    uint32_t set = 1;
    return atomic_compare_exchange_strong_explicit(
        &event->state, &set, 0, memory_order_acquire, memory_order_relaxed);
}

/* The lock is left only when there is something to wait for, as CPython's
 * Lock.acquire does. Acquire here pairs with the release in thread_wake. */
static void thread_wait(struct exec *ex, struct exec_event *event)
{
    if (take_event(event)) {
        return;
    }
    struct thread_task *task = thread_task_of(ex);
    thread_leave(task);
    while (!take_event(event)) {
        uint32_t clear = 0;
        atomic_compare_exchange_strong_explicit(&event->state, &clear, 2,
                                                memory_order_relaxed,
                                                memory_order_relaxed);
        syscall(SYS_futex, &event->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
    }
    thread_enter(task);
}

static void thread_wake(struct exec *ex, struct exec_event *event)
{
    (void)ex;
    uint32_t old =
        atomic_exchange_explicit(&event->state, 1, memory_order_release);
    if (old == 2) {
        syscall(SYS_futex, &event->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void *child_thread(void *arg)
{
    struct thread_task *child = arg;
    thread_begin(child);
    child->fn(&child->ex, child->arg);
    thread_end(child);
    return NULL;
}

static void child_init_user(const struct thread_task *parent,
                            struct thread_task *child)
{
    struct trace *trace = parent->run->setup.trace;
    gil_user_init(&child->user, parent->gil, &child->ex.breaker);
    if (trace) {
        must(pthread_mutex_lock(&parent->run->trace_mutex) == 0);
        child->user.waiter.ring = trace_spawned(trace);
        must(pthread_mutex_unlock(&parent->run->trace_mutex) == 0);
    }
}

static struct thread_task *child_new(const struct thread_task *parent)
{
    struct thread_group *group = parent->group;
    must(pthread_mutex_lock(&group->child_mutex) == 0);
    struct thread_task *child = group->free_children;
    if (child) {
        group->free_children = child->next_free;
    }
    must(pthread_mutex_unlock(&group->child_mutex) == 0);
    if (!child) {
        child =
            must_aligned_alloc(_Alignof(struct thread_task), sizeof(*child));
        memset(child, 0, sizeof(*child));
        if (parent->gil) {
            child_init_user(parent, child);
        }
    }
    return child;
}

/* Its lock counters go to the group and start again at zero. */
static void child_free(struct thread_group *group, struct thread_task *child)
{
    must(pthread_mutex_lock(&group->child_mutex) == 0);
    if (child->gil) {
        struct trace_ring *ring = child->user.waiter.ring;
        gil_user_stats(&child->user, &group->child_stats);
        gil_user_reset(&child->user);
        if (ring) {
            ring->settled =
                atomic_load_explicit(&ring->written, memory_order_relaxed);
        }
    }
    child->next_free = group->free_children;
    group->free_children = child;
    must(pthread_mutex_unlock(&group->child_mutex) == 0);
}

static int thread_spawn(struct exec *ex, exec_fn *fn, void *arg,
                        struct exec_child **ret)
{
    struct thread_task *parent = thread_task_of(ex);
    struct thread_task *child = child_new(parent);
    child->run = parent->run;
    child->group = parent->group;
    child->gil = parent->gil;
    child->world = parent->world;
    exec_progress(&child->ex, 0);
    child->ex.index = ex->index;
    child->ex.ops = &thread_ops;
    child->ex.phase = ex->phase;
    child->ex.hist = ex->hist;
    child->fn = fn;
    child->arg = arg;
    int rc = thread_create(&child->thread, child_thread, child);
    if (rc < 0) {
        child_free(parent->group, child);
        return rc;
    }
    *ret = (struct exec_child *)child;
    return 0;
}

static void thread_join(struct exec *ex, struct exec_child *handle)
{
    struct thread_task *task = thread_task_of(ex);
    struct thread_task *child = (struct thread_task *)handle;
    thread_leave(task);
    must(pthread_join(child->thread, NULL) == 0);
    thread_enter(task);
    child_free(task->group, child);
}

const struct exec_ops thread_ops = {
    .safepoint = thread_safepoint,
    .yield = thread_yield,
    .spawn = thread_spawn,
    .join = thread_join,
    .sleep_until = thread_sleep_until,
    .read = thread_read,
    .write = thread_write,
    .recv = thread_recv,
    .send = thread_send,
    .accept = thread_accept,
    .close = thread_close,
    .file = thread_file,
    .blocking = thread_blocking,
    .detached = thread_detached,
    .offload = thread_offload,
    .wait = thread_wait,
    .wake = thread_wake,
};
