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

struct topology;

/* This machine. */
int topology_load(struct topology **ret, struct diag *diag);
/* A machine described in hwloc's synthetic language, e.g.
 * "pack:2 numa:1 core:4 pu:2"; nothing can be bound on it. */
int topology_load_synthetic(const char *description, struct topology **ret,
                            struct diag *diag);
void topology_free(struct topology *topology);

struct topology_facts {
    size_t packages;
    size_t numa_nodes;
    size_t cores;       /* allowed */
    size_t pus;         /* allowed */
    size_t pus_machine; /* online in the whole machine */
    bool smt;           /* some allowed core has two PUs or more */
    bool hybrid;        /* cores of different kinds */
    double quota_cpus;  /* the cgroup's CPU quota in CPUs; 0: no limit */
    char digest[17];    /* 64-bit hash of the allowed topology, hex */
};

void topology_facts(const struct topology *topology,
                    struct topology_facts *ret);

/* OS indices of the allowed PUs, ascending; owned by the topology. */
size_t topology_pus(const struct topology *topology, const int **ret);

/* Prints the machine for a person. */
void topology_print(const struct topology *topology, void *file);
