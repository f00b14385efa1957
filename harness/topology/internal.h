/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder only: here are hwloc's types. */
#pragma once

#include "harness/topology/topology.h"

#include <hwloc.h>

struct topology {
    hwloc_topology_t hwloc; /* the whole machine, with what is not allowed */
    hwloc_bitmap_t allowed;
    double quota_cpus;

    /* Made from the above by topology_update(). */
    struct topology_place *places;
    size_t n;
    int *paths;
    size_t levels;
    int *pus; /* ascending */
};

/*
 * hwloc_topology_init() without hwloc's plugins: they discover GPUs and PCI
 * devices, which play no part here, and only to load their shared libraries
 * costs more than all the rest (see binding.c).
 */
int topology_init_plain(hwloc_topology_t *ret);
