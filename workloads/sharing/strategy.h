/* SPDX-License-Identifier: MIT */
/* What the file of a strategy includes: the loops it fills, and the macros that
 * make them. */
#pragma once

#include "workloads/sharing/counter.h"
#include "workloads/sharing/map.h"
#include "workloads/sharing/refcounted.h"
#include "workloads/sharing/vector.h"

/* NAME_counter, NAME_map and NAME_vector over a table of operations. */
#define SHIELD_LOOPS(name, ops)                                                \
    static void name##_counter(struct exec *ex, struct workload_run *run)      \
    {                                                                          \
        shield_loop(&(ops), ex, run, shared_counter_step);                     \
    }                                                                          \
    SHIELD_CONTAINER_LOOPS(name, ops)

/* Those of containers only. */
#define SHIELD_CONTAINER_LOOPS(name, ops)                                      \
    static void name##_map(struct exec *ex, struct workload_run *run)          \
    {                                                                          \
        shield_loop(&(ops), ex, run, map_step);                                \
    }                                                                          \
    static void name##_vector(struct exec *ex, struct workload_run *run)       \
    {                                                                          \
        shield_loop(&(ops), ex, run, vector_step);                             \
    }

/* NAME_refcount; of `ops` only what is at safepoints is used. */
#define COUNTED_LOOP(name, ops, counts)                                        \
    ALWAYS_INLINE void name##_refcount_step(const struct shield_ops *unused,   \
                                            struct sharing_task *me)           \
    {                                                                          \
        (void)unused;                                                          \
        counted_step(&(counts), me);                                           \
    }                                                                          \
    static void name##_refcount(struct exec *ex, struct workload_run *run)     \
    {                                                                          \
        shield_loop(&(ops), ex, run, name##_refcount_step);                    \
    }
