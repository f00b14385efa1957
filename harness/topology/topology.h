/* SPDX-License-Identifier: MIT */
/*
 * The machine as this process may use it: hwloc's view, cut down to the
 * cpuset and the cgroup's CPU quota that the process was given. hwloc types
 * stay in this folder.
 */
#pragma once

#include "harness/base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct topology;

/* This machine: what hwloc says is allowed (cpuset cgroups) and the calling
 * thread is bound to (taskset, a batch system). */
int topology_load(struct topology **ret, struct diag *diag);
/* A machine described in hwloc's synthetic language, e.g.
 * "pack:2 numa:1 core:4 pu:2"; nothing can be bound on it. Name the NUMA nodes:
 * where hwloc 2.9.0 has to add them it copies between overlapping memory. */
int topology_load_synthetic(const char *description, struct topology **ret,
                            struct diag *diag);
void topology_free(struct topology *topology);

/*
 * What a synthetic machine lacks. PUs as in "0+2-3".
 *
 * restrict: only these PUs are allowed from now on; -EINVAL if one was not.
 * kind: these PUs' cores are of one kind; a higher efficiency (0 or more) is
 *       faster. Needs a kind for every PU before the machine counts as hybrid.
 * quota: the cgroup's CPU quota in CPUs; 0: no limit.
 */
int topology_restrict(struct topology *topology, const char *pus,
                      struct diag *diag);
int topology_set_kind(struct topology *topology, const char *pus,
                      int efficiency, struct diag *diag);
void topology_set_quota(struct topology *topology, double quota_cpus);

struct topology_facts {
    size_t packages; /* with an allowed PU; so are the next three */
    size_t numa_nodes;
    size_t cores;
    size_t pus;
    size_t pus_machine; /* online in the whole machine */
    bool smt;           /* some allowed core has two PUs or more */
    bool hybrid;        /* the allowed cores are of different kinds */
    double quota_cpus;  /* the cgroup's CPU quota in CPUs; 0: no limit */
    char digest[17];    /* 64-bit hash of the allowed topology, hex */
};

void topology_facts(const struct topology *topology,
                    struct topology_facts *ret);

/* OS indices of the allowed PUs, ascending; owned by the topology. */
size_t topology_pus(const struct topology *topology, const int **ret);

/* Is this PU allowed? */
bool topology_allows(const struct topology *topology, int pu);

/* One allowed PU. The array stands in the machine's order: neighbours are next
 * to each other. */
struct topology_place {
    int pu;         /* OS index */
    int core;       /* number of its core; equal: the same core */
    int efficiency; /* of its core; higher is faster; 0 where unknown */
    /* Number of the object that holds it, from the outermost level down to the
     * core (package, NUMA node or die, caches): `topology_levels` entries; -1
     * where the machine has none at that level. */
    const int *path;
};

size_t topology_places(const struct topology *topology,
                       const struct topology_place **ret);
size_t topology_levels(const struct topology *topology);

/* Prints the machine for a person: a tree of at most 80 columns, then what
 * the process may use of it. */
void topology_print(const struct topology *topology, FILE *out);
