/* SPDX-License-Identifier: MIT */
/*
 * What the workloads shared_* have in common, and the contract of a strategy:
 * one way of making objects safe that several tasks use. A strategy is one
 * `const struct sharing sharing_NAME` in workloads/sharing/NAME.c.
 *
 * A strategy brings the loop of each workload that it is for, with its own
 * operations compiled into it: between two operations of a nanosecond there is
 * no room for a call through a pointer. The loops are templates (counter.h,
 * refcounted.h, map.h, vector.h), inline functions over a constant table of the
 * operations (shield.h, refcounted.h).
 */
#pragma once

#include "harness/exec/workload.h"
#include "runtime/sync/qsbr.h"
#include "runtime/sync/refcount.h"

/* What the tasks of a cell do to each other's objects. */
enum sharing_level {
    SHARING_NONE,  /* each task has objects of its own, read and written */
    SHARING_READ,  /* all have the same ones, and nobody changes them */
    SHARING_WRITE, /* all have the same ones, read and written */
};

struct sharing_cell; /* pool.h */
struct sharing_slab;
struct sharing_box; /* box.h */
struct sharing_run;
struct sharing_task;

enum {
    SHARING_PICKS = 1024, /* accesses chosen beforehand, then again */
    SHARING_BATCH = 16,   /* steps from one safepoint to the next */
};

/* One access, chosen beforehand so that choosing costs nothing. */
struct sharing_pick {
    uint16_t at; /* which key, place or object */
    bool write;
};

/* The state of one task; written by it only, but for what says otherwise. */
struct sharing_task {
    struct sharing_run *shared;
    struct exec *ex;
    uint32_t number;   /* 1 for task 0, and so on */
    uint32_t at;       /* in picks */
    bool visitor_in;   /* see map.h */
    unsigned retries;  /* of the read under way, see optimistic.c */
    uint64_t token;    /* likewise */
    uint64_t written;  /* values changed; verify adds them up */
    uint64_t appended; /* see vector.h */
    uint64_t turns;    /* steps of some kinds: which kind is next */
    uint64_t wrong;    /* reads of what cannot be */
    uint64_t made;     /* boxes, or counted objects */
    uint64_t freed;
    void *object;              /* what its steps are about */
    struct sharing_cell *free; /* see pool.h */
    struct sharing_slab *slabs;
    struct qsbr_list retired;     /* to be freed when nobody reads them */
    struct refcount_owner *owner; /* where others queue objects for it */
    void *library[16];            /* of a strategy from a library */
    struct sharing_pick picks[SHARING_PICKS];
};

/* The state of a run. */
struct sharing_run {
    const struct sharing *strategy;
    enum sharing_level level;
    size_t tasks;
    size_t span;    /* picks are below it */
    size_t objects; /* 1, or one a task */
    void **object;
    /* Makes one of the workload's objects; `maker` has its memory. */
    void *(*make)(struct sharing_task *maker);
    struct sharing_task maker; /* of what is there before the tasks */
    struct qsbr qsbr;
    struct refcount_owner *owners; /* by task */
    void *library;                 /* of a strategy from a library */
};

struct shield;     /* shield.h */
struct shared_map; /* map.h */

typedef void sharing_loop(struct exec *ex, struct workload_run *run);

struct sharing {
    struct unit unit;    /* no parameters */
    bool unsafe;         /* right only where one task runs at a time */
    const char *library; /* whose work it is; NULL: our own */

    /* The loops, each for one workload; NULL: it is not for that one. */
    sharing_loop *counter;
    sharing_loop *refcount;
    sharing_loop *map;
    sharing_loop *vector;

    /* Makes an object's shield; all optional, on the main thread. */
    void (*shield_init)(struct shield *shield);
    void (*shield_deinit)(struct shield *shield);
    /* When all tasks have ended, for a strategy with a map of its own: puts
     * what is in it into the buckets, to be verified. Optional. */
    void (*map_settle)(struct shared_map *map);
    /* Likewise: frees what the task has retired by the library. Optional. */
    void (*task_settle)(struct sharing_task *task);
    void (*run_init)(struct sharing_run *shared);
    void (*run_deinit)(struct sharing_run *shared);
    bool immortal; /* objects of shared_refcount that outlive the run */
};

/* Every strategy, in the order of their list; NULL ends. */
extern const struct sharing *const sharing_all[];
extern const char *const sharing_names[]; /* NULL-ended, the same order */
extern const char *const sharing_level_names[];

/* Parameters that all four workloads have; each gives its own defaults. */
#define SHARING_STRATEGY(strategy)                                             \
    {                                                                          \
        .name = "strategy", .help = "how the objects are made safe",           \
        .unit = "", .choices = sharing_names, .def = (strategy)                \
    }
#define SHARING_LEVEL                                                          \
    {                                                                          \
        .name = "sharing",                                                     \
        .help = "nothing; objects that are only read; objects that are "       \
                "written too",                                                 \
        .unit = "", .choices = sharing_level_names, .def = SHARING_WRITE       \
    }
#define SHARING_WRITE_PCT(percent)                                             \
    {                                                                          \
        .name = "write_pct",                                                   \
        .help = "steps of a hundred that write, unless sharing=read",          \
        .unit = "%", .def = (percent), .min = 0, .max = 100                    \
    }
#define SHARING_ELEMENTS(elements, text)                                       \
    {                                                                          \
        .name = "elements", .help = (text), .unit = "", .def = (elements),     \
        .min = 1, .max = 60000                                                 \
    }
#define SHARING_HOT_PCT                                                        \
    {                                                                          \
        .name = "hot_pct",                                                     \
        .help = "steps of a hundred that go to one place of all", .unit = "%", \
        .def = 50, .min = 0, .max = 100                                        \
    }

/* For the descriptor's hooks. */
const struct sharing *sharing_strategy(const struct params *params);
const char *sharing_unsafe(const struct params *params);
enum exec_sharing sharing_needs(const struct params *params);

/* Why the strategy is not for a workload, or cannot run here, or NULL. `loop`
 * is its loop for that workload. */
const char *sharing_unsupported(const struct sharing *strategy,
                                sharing_loop *loop);

/* Sets up `run->state`, a sharing_run; picks will be below `span`. Makes the
 * object that all share; where nothing is shared each task makes its own, on
 * its own thread. */
void sharing_prepare(struct workload_run *run, size_t span,
                     void *(*make)(struct sharing_task *maker));
void sharing_cleanup(struct workload_run *run);

/* The object of task `index`. */
static inline void **sharing_object(struct sharing_run *shared, size_t index)
{
    return &shared->object[shared->objects > 1 ? index : 0];
}

/* On the task's own thread: makes its state, chooses its accesses. */
struct sharing_task *sharing_begin(struct exec *ex, struct workload_run *run);

/* -EBADMSG if a task has read what cannot be, or the writes are not `found`. */
int sharing_verify(const struct workload_run *run, uint64_t found,
                   struct diag *diag);

/* When all tasks have ended: frees the boxes that they have retired. */
void sharing_reclaim_boxes(const struct workload_run *run);

/* -EBADMSG unless what was made and not freed is `there`: something leaked, or
 * was freed twice. */
int sharing_verify_memory(const struct workload_run *run, uint64_t there,
                          struct diag *diag);

static inline struct sharing_pick *sharing_next(struct sharing_task *me)
{
    struct sharing_pick *pick = &me->picks[me->at];
    me->at = (me->at + 1) % SHARING_PICKS;
    return pick;
}
