/* SPDX-License-Identifier: MIT */
/*
 * An execution model: one `const struct exec_model exec_model_NAME` in
 * runtime/models/NAME.c. It knows how to make tasks, bind them, and serve
 * the verbs of exec.h; it knows no workload.
 *
 * Calls come from the controller (the main thread of the cell's process):
 * create -> start -> (run) -> stop -> join -> statistics -> destroy.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/exec/exec.h"
#include "harness/exec/native.h"
#include "harness/exec/trace.h"
#include "harness/exec/unit.h"

#define PU_UNBOUND  (-1)
#define EXEC_NOBODY UINT32_MAX

struct exec_setup {
    const struct params *params;
    const struct unit *lock; /* a lock policy, for models that take one */
    size_t tasks;
    const int *pus; /* by task: OS index of its PU, or PU_UNBOUND */
    const _Atomic uint32_t *phase;
    /* Runs task `ex->index` to its end, on the task's own stack. */
    void (*entry)(struct exec *ex, void *arg);
    /* The same in pieces, where the workload is made of steps; else NULL. One
     * step of task `ex->index`, on any stack: false: it was none, and is the
     * task's end. `finish` follows the last one, also if there was none. */
    bool (*step)(struct exec *ex, void *arg);
    void (*finish)(struct exec *ex, void *arg);
    /* Runs first on the task's own thread, once it is bound and before any
     * task starts: allocates what the task will touch. */
    void (*first_touch)(size_t index, void *arg);
    /* In a process in which task `index` does not run, though it does in
     * another one: closes what only that task may have open. NULL: nothing. */
    void (*leave)(size_t index, void *arg);
    void *arg;
    const struct native_work *work; /* for a model that calls no `entry` */
    bool each_thread;               /* count for each thread, see thread_lock */
    struct trace *trace;            /* NULL: none is taken */
};

/* An OS thread that ran tasks, for the per-thread figures. */
struct exec_thread {
    pid_t tid;
    pid_t process; /* 0: this one */
    int pu;
    struct hist *hist;
};

/* Counters of the lock, summed over its users; zero where there is none. */
struct exec_lock_stats {
    uint64_t acquisitions;
    uint64_t contended;    /* acquisitions that had to wait */
    uint64_t switches;     /* the new holder is not the last one */
    uint64_t forced;       /* hand-overs that a drop request brought about */
    uint64_t wait_ns;      /* spent waiting, summed over waiters */
    uint64_t vain;         /* wake-ups after which a waiter had to wait on */
    uint64_t barged;       /* acquisitions without a wait while others waited */
    uint64_t retaken;      /* those of them by who had let it go last */
    uint64_t under_way_ns; /* the longest wait that has not ended */
    uint64_t hold_samples; /* holds that were timed */
    uint64_t hold_count;   /* holds that they stand for... */
    uint64_t hold_ns;      /* ...and those holds' length */
};

/* What one thread counted, and the spread as in exec_stats. */
struct exec_thread_lock {
    struct exec_lock_stats stats;
    const struct hist *wait;
    const struct hist *hold;
};

/* A library whose lock was used; lives until the process ends. */
struct exec_library {
    const char *path; /* of the file itself, without links */
    const char *version;
    bool free_threaded; /* it has no lock: everybody runs */
};

struct exec_stats {
    bool has_lock;
    struct exec_lock_stats lock;
    const struct exec_library *library; /* NULL: the lock is our own */
    bool hides_wakeups;                 /* lock.vain is not known */
    /* Of waits, and of sampled holds, that ended while the run measured. Read
     * them when all tasks have ended. NULL: the lock excludes nobody. */
    const struct hist *lock_wait;
    const struct hist *lock_hold;
    /* Stops of the world that ended while the run measured: until all tasks
     * stood still, and until they went on. Read them when all tasks have
     * ended. NULL: nobody stops it. */
    const struct hist *to_stop;
    const struct hist *pause;
    bool has_loop;
    uint64_t task_switches; /* in user space (cooperative models) */
    uint64_t loop_iterations;
    uint64_t executor_jobs;
    /* The longest time that one task kept the loop from all others, of those
     * that ended while the run measured, and of the one under way. */
    uint64_t longest_hold_ns;
    uint32_t longest_holder; /* its index, or EXEC_NOBODY: not known */
};

/* The stacks of tasks that have ones of their own (cooperative models). */
struct exec_stacks {
    uint64_t made;
    uint64_t guarded;          /* by a guard page */
    uint64_t mappings;         /* of the kernel, that they take */
    uint64_t high_water_bytes; /* the deepest use of one; 0: not known */
};

struct exec_run; /* each model has its own */

/* "Can you run that?" */
struct exec_question {
    const struct params *params;
    const struct unit *lock; /* NULL where it takes none */
    size_t tasks;            /* background ones included */
    bool stepwise;           /* setup.step will be there */
};

struct exec_model {
    struct unit unit;
    enum exec_sharing sharing; /* whatever it is asked for: the least */
    /* The same where it depends on what it is asked for; NULL: it does not. */
    enum exec_sharing (*sharing_with)(const struct exec_question *question);
    /* Does at most one of several tasks go on at a time, but for what blocks or
     * is detached? Then plain operations on shared objects are safe, as long
     * as no safepoint and no verb stands among them. NULL: no. It is not asked
     * of a task that is alone. */
    bool (*excludes)(const struct exec_question *question);
    /* Why it cannot run so, or NULL. Optional. */
    const char *(*unsupported)(const struct exec_question *question);
    /* Why it cannot do work of that form, or NULL. For models that do it
     * without the verbs; NULL: it runs every workload by them. */
    const char *(*cannot_do)(const struct params *params,
                             enum native_kind kind);
    bool takes_lock; /* --lock concerns it */
    /* The parameter that names the lock, or with its first word none, for a
     * model that can do without; NULL: it takes none but by --lock. */
    const char *lock_param;
    bool on_loops;     /* tasks run on event loops and not on threads */
    bool traces;       /* obeys setup.trace */
    bool by_name_only; /* neither a glob nor the default selects it */

    /* How many places of those that placement offers are used: task i is on
     * number i mod that. NULL: each task has its place. */
    size_t (*places)(const struct params *params, size_t tasks, size_t offered);
    /* Do tasks go from one place to another? NULL: no. */
    bool (*floats)(const struct params *params, size_t tasks);

    /* Makes the run; nothing runs yet. -EAGAIN: not that many tasks. */
    int (*create)(const struct exec_setup *setup, struct exec_run **ret,
                  struct diag *diag);
    /* Makes all threads and stacks, binds them, calls first_touch, waits
     * until all are ready. `execs[i]` is task i from here on. */
    int (*start)(struct exec_run *run, struct exec **execs, struct diag *diag);
    /* Lets them all go at once. */
    void (*go)(struct exec_run *run);
    /* Sets EXEC_STOP in every task's breaker. */
    void (*stop)(struct exec_run *run);
    /* Waits until every task has returned. */
    void (*join)(struct exec_run *run);
    /* After join: 0, or why tasks were left unfinished. NULL: never. */
    int (*failure)(struct exec_run *run, struct diag *diag);
    /* May be called while the tasks run: a snapshot, not an instant. */
    void (*stats)(struct exec_run *run, struct exec_stats *ret);
    /* The same for the thread with this number; false where nothing is counted
     * for each. NULL: never. */
    bool (*thread_lock)(struct exec_run *run, size_t thread,
                        struct exec_thread_lock *ret);
    /* When all tasks have ended; NULL: they ran on their threads' stacks. */
    void (*stacks)(struct exec_run *run, struct exec_stacks *ret);
    /* The OS threads that run tasks, valid from start until destroy. */
    size_t (*threads)(struct exec_run *run, const struct exec_thread **ret);
    /* The processes that run tasks, from start until join, and what this one
     * cannot read of them: adds their context switches, of threads that run
     * tasks. NULL: this process runs all tasks. */
    size_t (*workers)(struct exec_run *run, const pid_t **ret);
    void (*switches)(struct exec_run *run, uint64_t *voluntary,
                     uint64_t *involuntary);
    void (*destroy)(struct exec_run *run);
};

/* For `places`: all tasks are on the first one. */
static inline size_t exec_one_place(const struct params *params, size_t tasks,
                                    size_t offered)
{
    (void)params;
    (void)tasks;
    (void)offered;
    return 1;
}
