/* SPDX-License-Identifier: MIT */
/*
 * Placement policies: which task runs on which PU.
 *
 *   one_pu    every task on one PU, the first of per_core
 *   per_core  one task a core (its first PU), core after core, then round
 *             again over the same PUs
 *   per_pu    one task a PU: first PU of each core, then the second PUs
 *   compact   neighbours first: fill a core, a shared cache, a NUMA node, a
 *             package before the next
 *   scatter   apart first: over packages, NUMA nodes, caches, cores; the
 *             second PUs of cores come last
 *   os        unbound: the kernel decides inside the allowed set
 *   pus=LIST  exactly these PUs in this order: pus=0+2-3
 *
 * On a hybrid machine every policy takes the fast cores before the slow ones
 * (per_pu and scatter: among first PUs, then among second PUs).
 */
#pragma once

#include "harness/topology/topology.h"

/* Where the load generator of a workload wants to be. */
enum placement_generator {
    PLACEMENT_NO_GENERATOR,
    PLACEMENT_LAST_PU,  /* the last allowed PU, taken from the tasks, if there
                           are two or more; else it shares the only one */
    PLACEMENT_SPARE_PU, /* a PU without a task from 3 allowed PUs on (the last
                           one, taken from the tasks); else the first task's */
};
/* With pus=LIST the tasks get what was asked for: the generator takes the last
 * allowed PU that they leave free. If they leave none it shares: the last PU
 * (LAST_PU) or the first task's (SPARE_PU). */

struct placement {
    int *pus; /* by task: OS index, or -1 (os) */
    size_t tasks;
    size_t places;         /* different PUs that the policy offers */
    bool oversubscribed;   /* tasks > places (not for os) */
    bool over_quota;       /* the PUs in use, the generator's among them, are
                              more than the cgroup's quota */
    int generator_pu;      /* -1: none, or unbound (os) */
    bool generator_shared; /* it shares its PU with a task */
};

/* The names above, for `list` and suggestions; NULL-ended. */
extern const char *const placement_names[];
/* One sentence about placement_names[i]. */
const char *placement_summary(size_t i);

/* Is this a placement that can be resolved here? -EINVAL says why not: no
 * such policy, malformed list, a PU that the process may not use. */
int placement_check(const struct topology *topology, const char *name,
                    struct diag *diag);

/* Resolves; `ret` is freed by placement_deinit. */
int placement_resolve(const struct topology *topology, const char *name,
                      size_t tasks, enum placement_generator generator,
                      struct placement *ret, struct diag *diag);
void placement_deinit(struct placement *placement);

/* The map PU -> tasks as text in taskset's notation with strides, so that
 * 2,000 tasks stay readable: PU 0 of two has "0-1998:2". Caller frees. */
char *placement_tasks_of(const int *pus, size_t tasks, int pu);
