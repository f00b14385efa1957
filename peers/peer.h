/* SPDX-License-Identifier: MIT */
/*
 * A peer: a program written natively for one library (or for none) that does
 * the work of some workloads, so that it can be measured in the same cell:
 * same life, same clients, same verification. One file each, which exports
 * `const struct peer peer_NAME`; the execution model `peer` runs it.
 *
 * A program runs on ONE thread, bound to the first place. It makes all its
 * tasks, calls peer_ready(), and works until each task has found its breaker
 * word set (NATIVE_ECHO: until the clients have closed their connections).
 * Task i counts its steps in its own `struct exec`, by exec_progress(), and
 * polls exec_safepoint() once a step, exactly as the workload's own loop does;
 * but for NATIVE_TIMER (timing.h).
 */
#pragma once

#include "harness/exec/exec.h"
#include "harness/exec/native.h"
#include "harness/exec/workload.h"

#include <semaphore.h>

#define PEER_INLINE static inline __attribute__((always_inline))

/*
 * The gate, from the program's thread (P) and the controller (C):
 *
 *   word     written by                              read by
 *   passed   P, in peer_ready()                      P
 *   error    P, before it posts `ready`              C, after `ready`
 *   diag     as error
 *   go       C, before it posts `open`               P, after `open`
 */
struct peer_gate {
    sem_t ready;
    sem_t open;
    bool passed;
    bool go;
    int error;
    struct diag diag;
};

struct peer_memory;

struct peer_run {
    const struct native_work *work;
    const struct params *params; /* of the cell */
    struct exec **execs;         /* by task; set by the program */
    struct hist *hist;
    const _Atomic uint32_t *phase;
    struct peer_gate *gate;
    int pu;                     /* of the program's thread, or PU_UNBOUND */
    struct peer_memory *memory; /* all of it, for peer_memory_free() */
};

/* Does the work to its end; a negative errno with the reason if it cannot. */
typedef int peer_fn(struct peer_run *run, struct diag *diag);

struct peer {
    struct unit unit;            /* has no parameters */
    peer_fn *work[NATIVE_KINDS]; /* NULL: it does not do this */
    /* Frees what must live until everything has been verified and is no
     * peer_memory(); after `work` has been called. Optional. */
    void (*cleanup)(struct peer_run *run);
};

/* Memory from the kernel, zeroed and untouched, that lives until everything has
 * been verified; NULL when there is none. */
void *peer_memory(struct peer_run *run, size_t size);
void peer_memory_free(struct peer_run *run);

/* Makes `ex`, which is zeroed peer_memory(), the run's task `index`. */
void peer_task_init(struct peer_run *run, struct exec *ex, size_t index);

/* The same for all tasks at once, for programs whose library has the tasks'
 * memory; NULL when there is none. */
struct exec *peer_tasks_new(struct peer_run *run);

/* Between the two, threads that the program starts may run on any PU that the
 * process was given, as those of our executor do. */
int peer_unbind(struct peer_run *run, struct diag *diag);
int peer_bind(struct peer_run *run, struct diag *diag);

/* Why a program whose tasks switch stacks cannot run in this build, or NULL. */
const char *peer_switches_unseen(void);

/* All tasks are there: waits for the start. False: there will be none; the
 * program cleans up and returns 0. */
bool peer_ready(struct peer_run *run);
