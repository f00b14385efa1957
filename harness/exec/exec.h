/* SPDX-License-Identifier: MIT */
/*
 * The contract between workloads and execution models.
 *
 * A workload talks to the world only through the verbs below, so that one
 * source runs as GIL threads, as cooperative tasks and as GIL-free threads.
 * Its loop is the same machine code under every model: `exec_safepoint` and
 * `exec_progress` are inline and know no model; every other verb is one
 * out-of-line call through `ops`. `exec_yield` tests one word: where the model
 * keeps a ready ring it switches inline to the ring's head.
 *
 * All verbs are called on the task's own stack by the task itself. Verbs that
 * can fail return a negative errno. `errno` itself is not kept.
 *
 * The breaker word of a task:
 *
 *   bit          set by                        cleared by      seen stale?
 *   EXEC_STOP    controller, at the run's end  nobody          yes: until the
 *                                                              next safepoint
 *   EXEC_DROP    a waiter of the lock policy,  the holder or   yes: polled
 *                in the holder's word          taker (policy)  relaxed
 *   EXEC_POLL    the model, before the task    nobody          no
 *                starts: this policy wants to
 *                act at every safepoint
 *   EXEC_PAUSE   who stops the world, for all  the task        yes: the world
 *                that run (runtime/sync/                       may go on
 * already world.h) EXEC_NOTE    any task of the workload, by  the task, by yes:
 * a note exec_note(); means what the   exec_noted()    may find nothing
 *                workload says                                 left to do
 *
 * The word is advice; all state it stands for is protected by the lock policy
 * itself, which is why a relaxed load is enough at the safepoint.
 */
#pragma once

#include "harness/base/cacheline.h"
#include "harness/base/clock.h"
#include "harness/exec/file.h"
#include "harness/exec/stack_switch.h"
#include "harness/measure/hist.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct exec;
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

typedef void exec_fn(struct exec *ex, void *arg);

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

/*
 * The ready tasks in their order, for models that switch in user space. Only
 * the thread that runs the tasks touches it, but for `running`.
 *
 * It is a circular array and no list: who is due in some turns is known before
 * it is due. A task stands in it at most once, so with room for every live task
 * it is never full, and nobody who pushes has to ask.
 */
struct exec_ring {
    struct exec **slots;
    uint64_t mask;  /* number of slots - 1 */
    uint64_t head;  /* the next to run; so many switches there have been */
    uint64_t tail;  /* where the next ready one goes */
    uint64_t limit; /* at this head the loop gets its turn */
    bool prefetch;  /* more tasks than the caches have room for */
    _Atomic(struct exec *) running; /* the last one switched to; read by the
                                       controller, seen a switch late */
    struct stack_context loop;      /* where the loop itself waits */
};

/* The ring of the loop that this thread runs; NULL: it runs none. A variable
 * of the thread and not a member of its tasks: what is found through a task is
 * known only when the switch to it is done, and the next one waits for that. */
extern _Thread_local struct exec_ring *exec_ready
    __attribute__((tls_model("initial-exec")));

/*
 * One task. Written by its own task, except for the breaker word. `steps` is
 * read by the controller at slice edges (relaxed: a slice edge is not an
 * instant for the tasks either; the clock is read next to it).
 */
struct exec {
    _Atomic uint32_t breaker;
    uint32_t index;         /* 0 .. number of tasks - 1 */
    _Atomic uint64_t steps; /* finished so far, warm-up included */
    const struct exec_ops *ops;
    struct stack_context context;
    struct hist *hist;             /* of the OS thread that runs the task */
    const _Atomic uint32_t *phase; /* enum exec_phase, shared by the run */
} __attribute__((aligned(CACHELINE)));

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

static inline void exec_ring_push(struct exec_ring *ring, struct exec *ex)
{
    ring->slots[ring->tail & ring->mask] = ex;
    ring->tail++;
}

static inline bool exec_ring_is_empty(const struct exec_ring *ring)
{
    return ring->head == ring->tail;
}

/* How far ahead the memory of a task is asked for: its frame so many turns
 * before its own, and the task itself, which knows where that is, twice as
 * many. */
enum { EXEC_PREFETCH_AHEAD = 4 };

static inline void exec_ring_prefetch(const struct exec_ring *ring)
{
    uint64_t near = ring->head + EXEC_PREFETCH_AHEAD;
    uint64_t far = near + EXEC_PREFETCH_AHEAD;
    if (far < ring->tail) {
        __builtin_prefetch(&ring->slots[far & ring->mask]->context, 1);
        stack_prefetch(&ring->slots[near & ring->mask]->context);
    }
}

/* Takes the head off a ring that is not empty. */
static inline struct exec *exec_ring_pop(struct exec_ring *ring)
{
    struct exec *ex = ring->slots[ring->head & ring->mask];
    if (unlikely(ring->prefetch)) {
        exec_ring_prefetch(ring);
    }
    ring->head++;
    atomic_store_explicit(&ring->running, ex, memory_order_relaxed);
    return ex;
}

/*
 * Leaves the running task and goes on with the ring's head, or with the loop
 * when nobody is ready or it is the loop's turn. The caller has put `ex` where
 * somebody will find it again. Returns `ex`, as stack_switch() does.
 */
static inline struct exec *exec_ring_leave(struct exec_ring *ring,
                                           struct exec *ex)
{
    struct stack_context *self = &ex->context;
    if (likely(ring->head != ring->limit && !exec_ring_is_empty(ring))) {
        struct exec *next = exec_ring_pop(ring);
        if (next != ex) {
            self = stack_switch(self, &next->context);
        }
    } else {
        self = stack_switch(self, &ring->loop);
    }
    return container_of(self, struct exec, context);
}

/* Gives way to whoever is ready. Returns `ex`: who yields in a tight loop had
 * better go on with this one (stack_switch.h). */
static inline struct exec *exec_yield(struct exec *ex)
{
    struct exec_ring *ring = exec_ready;
    if (ring) {
        exec_ring_push(ring, ex);
        return exec_ring_leave(ring, ex);
    }
    ex->ops->yield(ex);
    return ex;
}

/* Starts fn(child, arg) as a new task; -EAGAIN when no more can be made. */
static inline int exec_spawn(struct exec *ex, exec_fn *fn, void *arg,
                             struct exec_child **ret)
{
    return ex->ops->spawn(ex, fn, arg, ret);
}

/* Waits for a spawned task and frees it. Each child is joined once. */
static inline void exec_join(struct exec *ex, struct exec_child *child)
{
    ex->ops->join(ex, child);
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
