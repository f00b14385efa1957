/* SPDX-License-Identifier: MIT */
/*
 * The contract between workloads and execution models.
 *
 * A workload talks to the world only through the verbs below, so that one
 * source runs as GIL threads, as cooperative tasks and as GIL-free threads.
 * Its loop is the same machine code under every model: `exec_safepoint` and
 * `exec_progress` are inline and know no model; every other verb is one
 * out-of-line call through `ops`. `exec_yield`, `exec_spawn` and `exec_join`
 * test one word: where the model keeps a ready ring they work on it inline and
 * switch to its head (exec_ring.h).
 *
 * All verbs are called on the task's own stack by the task itself. Verbs that
 * can fail return a negative errno. `errno` itself is not kept.
 *
 * The breaker word of a task:
 *
 *   bit         set by                     cleared by       seen stale?
 *   EXEC_STOP   the controller, at the     nobody           yes, until the
 *               run's end                                   next safepoint
 *   EXEC_DROP   a waiter of the lock       the holder or    yes: polled
 *               policy, in the holder's    taker (policy)   relaxed
 *               word
 *   EXEC_POLL   the model, before the      nobody           no
 *               task starts: this policy
 *               wants every safepoint
 *   EXEC_PAUSE  who stops the world        the task         yes: the world
 *               (runtime/sync/world.h),                     may go on already
 *               for all that run
 *   EXEC_NOTE   any task of the workload,  the task, by     yes: a note may
 *               by exec_note(); means      exec_noted()     find nothing left
 *               what the workload says                      to do
 *
 * The word is advice; all state it stands for is protected by the lock policy
 * itself, which is why a relaxed load is enough at the safepoint.
 */
#pragma once

#include "harness/base/cacheline.h"
#include "harness/base/clock.h"
#include "harness/exec/exec_ring.h"
#include "harness/exec/file.h"
#include "harness/measure/hist.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct exec_child;
struct exec_event;

enum {
    EXEC_STOP = 1u << 0,
    EXEC_DROP = 1u << 1,
    EXEC_POLL = 1u << 2,
    EXEC_NOTE = 1u << 3,
    EXEC_PAUSE = 1u << 4,
};

/* How a cooperative model runs a call that blocks; threads ignore it. */
enum exec_via {
    EXEC_INLINE,   /* on the loop's thread, which stalls meanwhile */
    EXEC_EXECUTOR, /* on a thread of the executor's pool */
};

/* The phases of a run, in this order; see harness/cell/life.h. */
enum exec_phase {
    EXEC_WARM_UP,
    EXEC_MEASURE,
    EXEC_DRAIN,
};

/* What the tasks of a run have of each other. */
enum exec_sharing {
    EXEC_SHARES_NOTHING, /* no memory: neither an event nor a pointer passes */
    EXEC_SHARES_MEMORY,  /* bytes and events; objects belong to one side */
    EXEC_SHARES_OBJECTS, /* everything */
};

struct exec_ops {
    bool (*safepoint)(struct exec *ex);
    void (*yield)(struct exec *ex);
    int (*spawn)(struct exec *ex, exec_fn *fn, void *arg,
                 struct exec_child **ret);
    void (*join)(struct exec *ex, struct exec_child *child);
    void (*sleep_until)(struct exec *ex, uint64_t deadline_ns);
    ssize_t (*read)(struct exec *ex, int fd, void *data, size_t size);
    ssize_t (*write)(struct exec *ex, int fd, const void *data, size_t size);
    ssize_t (*recv)(struct exec *ex, int fd, void *data, size_t size);
    ssize_t (*send)(struct exec *ex, int fd, const void *data, size_t size);
    int (*accept)(struct exec *ex, int fd);
    void (*close)(struct exec *ex, int fd);
    void (*file)(struct exec *ex, struct exec_file *file);
    void (*blocking)(struct exec *ex, void (*fn)(void *), void *arg,
                     enum exec_via via);
    void (*detached)(struct exec *ex, void (*fn)(void *), void *arg);
    void (*offload)(struct exec *ex, exec_fn *fn, void *arg);
    void (*wait)(struct exec *ex, struct exec_event *event);
    void (*wake)(struct exec *ex, struct exec_event *event);
};

/* A binary semaphore with at most one waiter at a time; zero = not set. */
struct exec_event {
    _Atomic uint32_t state;        /* 0 clear, 1 set, 2 clear with a waiter */
    _Atomic(struct exec *) waiter; /* cooperative models only */
};

/*
 * Polls the breaker. True: go on. False: the run is over, return soon.
 * Cost when nobody asks: one relaxed load and one predicted branch.
 */
static inline bool exec_safepoint(struct exec *ex)
{
    if (likely(atomic_load_explicit(&ex->breaker, memory_order_relaxed) == 0)) {
        return true;
    }
    return ex->ops->safepoint(ex);
}

/* True once the run is over; for loops that are not at a safepoint. */
static inline bool exec_stopping(const struct exec *ex)
{
    return (atomic_load_explicit(&ex->breaker, memory_order_relaxed) &
            EXEC_STOP) != 0;
}

/* True if somebody asks for something, so that the safepoint may give way. */
static inline bool exec_is_asked(const struct exec *ex)
{
    return unlikely(atomic_load_explicit(&ex->breaker, memory_order_relaxed) !=
                    0);
}

/* Calls a task to its next safepoint; what was written before is seen by it
 * after exec_noted() has said true. */
static inline void exec_note(struct exec *ex)
{
    atomic_fetch_or_explicit(&ex->breaker, EXEC_NOTE, memory_order_release);
}

/* True, once, if the calling task was called. */
static inline bool exec_noted(struct exec *ex)
{
    return (atomic_load_explicit(&ex->breaker, memory_order_relaxed) &
            EXEC_NOTE) != 0 &&
           (atomic_fetch_and_explicit(&ex->breaker, ~(uint32_t)EXEC_NOTE,
                                      memory_order_acquire) &
            EXEC_NOTE) != 0;
}

/* Publishes the number of steps this task has finished since its start. */
static inline void exec_progress(struct exec *ex, uint64_t steps)
{
    atomic_store_explicit(&ex->steps, steps, memory_order_relaxed);
}

static inline uint64_t exec_steps(const struct exec *ex)
{
    return atomic_load_explicit(&ex->steps, memory_order_relaxed);
}

/* True while latencies count: between warm-up and drain. */
static inline bool exec_measuring(const struct exec *ex)
{
    return atomic_load_explicit(ex->phase, memory_order_relaxed) ==
           EXEC_MEASURE;
}

/* Records one latency, if the run is in its measuring phase. */
static inline void exec_record(struct exec *ex, uint64_t latency_ns)
{
    if (exec_measuring(ex)) {
        hist_record(ex->hist, latency_ns);
    }
}

/* Gives way to whoever is ready. Returns `ex`: who yields in a tight loop had
 * better go on with this one (stack_switch.h). */
static inline __attribute__((always_inline)) struct exec *exec_yield(
    struct exec *ex)
{
    struct exec_ring *ring = exec_ready;
    if (ring) {
        return exec_ring_yield(ring, ex);
    }
    ex->ops->yield(ex);
    return ex;
}

/* Starts fn(child, arg) as a new task; -EAGAIN when no more can be made. */
static inline int exec_spawn(struct exec *ex, exec_fn *fn, void *arg,
                             struct exec_child **ret)
{
    struct exec_ring *ring = exec_ready;
    if (likely(ring && ring->spare)) {
        *ret = (struct exec_child *)exec_ring_spawn(ring, ex, fn, arg);
        return 0;
    }
    return ex->ops->spawn(ex, fn, arg, ret);
}

/* Waits for a spawned task and frees it. Each child is joined once, before the
 * task that has spawned it returns. */
static inline void exec_join(struct exec *ex, struct exec_child *child)
{
    struct exec_ring *ring = exec_ready;
    if (ring) {
        exec_ring_join(ring, ex, (struct task *)child);
    } else {
        ex->ops->join(ex, child);
    }
}

/* Sleeps until a time on clock_now_ns(); never returns early. */
static inline void exec_sleep_until(struct exec *ex, uint64_t deadline_ns)
{
    ex->ops->sleep_until(ex, deadline_ns);
}

/* As read(2) and write(2), on pipes; a short count is possible. */
static inline ssize_t exec_read(struct exec *ex, int fd, void *data,
                                size_t size)
{
    return ex->ops->read(ex, fd, data, size);
}

static inline ssize_t exec_write(struct exec *ex, int fd, const void *data,
                                 size_t size)
{
    return ex->ops->write(ex, fd, data, size);
}

/* As recv(2) and send(2) without SIGPIPE, on sockets. */
static inline ssize_t exec_recv(struct exec *ex, int fd, void *data,
                                size_t size)
{
    return ex->ops->recv(ex, fd, data, size);
}

static inline ssize_t exec_send(struct exec *ex, int fd, const void *data,
                                size_t size)
{
    return ex->ops->send(ex, fd, data, size);
}

/* The next connection of a listening socket: a descriptor. */
static inline int exec_accept(struct exec *ex, int fd)
{
    return ex->ops->accept(ex, fd);
}

/* Closes a descriptor that was used with a verb above. */
static inline void exec_close(struct exec *ex, int fd)
{
    ex->ops->close(ex, fd);
}

/* As pread(2), pwrite(2) and fdatasync(2), on a file that no other verb uses: a
 * file is never awaited by its descriptor. On an event loop the poller makes
 * the call if it can, else a thread of the executor. */
static inline ssize_t exec_pread(struct exec *ex, int fd, void *data,
                                 size_t size, off_t offset)
{
    struct exec_file file = {.op = EXEC_FILE_READ,
                             .fd = fd,
                             .data = data,
                             .size = size,
                             .offset = offset};
    ex->ops->file(ex, &file);
    return file.result;
}

static inline ssize_t exec_pwrite(struct exec *ex, int fd, const void *content,
                                  size_t size, off_t offset)
{
    struct exec_file file = {.op = EXEC_FILE_WRITE,
                             .fd = fd,
                             .content = content,
                             .size = size,
                             .offset = offset};
    ex->ops->file(ex, &file);
    return file.result;
}

static inline int exec_fdatasync(struct exec *ex, int fd)
{
    struct exec_file file = {.op = EXEC_FILE_SYNC, .fd = fd};
    ex->ops->file(ex, &file);
    return (int)file.result;
}

/* Runs fn(arg), foreign code that only blocks: detached from the lock, or
 * as `via` says on an event loop. Returns when it has returned. Others get
 * their turn under every model: a call on the loop's own thread is followed by
 * a yield, as a handler there awaits its next request. */
static inline void exec_blocking(struct exec *ex, void (*fn)(void *), void *arg,
                                 enum exec_via via)
{
    ex->ops->blocking(ex, fn, arg, via);
}

/* Runs fn(arg), native code that computes and lets the lock go meanwhile. */
static inline void exec_detached(struct exec *ex, void (*fn)(void *), void *arg)
{
    ex->ops->detached(ex, fn, arg);
}

/* Runs fn(here, arg), which computes for long: on a thread of the executor
 * where an event loop would stall, else here and now. Returns when it has
 * returned. `here` is whoever runs it: fn polls its safepoint, may call
 * exec_yield, exec_detached and exec_blocking with it, and nothing else. */
static inline void exec_offload(struct exec *ex, exec_fn *fn, void *arg)
{
    ex->ops->offload(ex, fn, arg);
}

/* Waits until the event is set and clears it. */
static inline void exec_wait(struct exec *ex, struct exec_event *event)
{
    ex->ops->wait(ex, event);
}

/* Sets the event and wakes its waiter. Any task of the run may call it. */
static inline void exec_wake(struct exec *ex, struct exec_event *event)
{
    ex->ops->wake(ex, event);
}
