/* SPDX-License-Identifier: MIT */
#include "harness/topology/internal.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

/* Objects of a type that hold an allowed PU. */
static size_t count_allowed(const struct topology *topology,
                            hwloc_obj_type_t type)
{
    size_t n = 0;
    hwloc_obj_t obj = NULL;
    while ((obj = hwloc_get_next_obj_by_type(topology->hwloc, type, obj))) {
        n += (size_t)hwloc_bitmap_intersects(obj->cpuset, topology->allowed);
    }
    return n;
}

/* Neighbours in the table share their core. */
static void count_cores(const struct topology *topology,
                        struct topology_facts *ret)
{
    for (size_t i = 0; i < topology->n; i++) {
        if (i > 0 && topology->places[i].core == topology->places[i - 1].core) {
            ret->smt = true;
        } else {
            ret->cores++;
        }
    }
}

/* More than one kind of core among those allowed? */
static bool is_hybrid(const struct topology *topology)
{
    int first = -1;
    for (size_t i = 0; i < topology->n; i++) {
        hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(
            topology->hwloc, (unsigned)topology->places[i].pu);
        int kind = hwloc_cpukinds_get_by_cpuset(topology->hwloc, pu->cpuset, 0);
        if (i == 0) {
            first = kind;
        }
        if (kind != first) {
            return true;
        }
    }
    return false;
}

/* FNV-1a, 64 bits, byte by byte so that it is the same on every machine. */
static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        hash ^= (number >> (8 * i)) & 0xff;
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}

static uint64_t hash_caches(uint64_t hash, hwloc_obj_t pu)
{
    for (hwloc_obj_t above = pu->parent; above; above = above->parent) {
        if (hwloc_obj_type_is_dcache(above->type)) {
            hash = hash_number(hash, above->attr->cache.depth);
            hash = hash_number(hash, above->attr->cache.size);
        }
    }
    return hash;
}

/* Equal for machines on which the same placement means the same thing: the
 * allowed PUs, what holds each, kinds of core, sizes of caches. */
static uint64_t hash_of(const struct topology *topology)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < topology->n; i++) {
        const struct topology_place *place = &topology->places[i];
        hash = hash_number(hash, (uint64_t)place->pu);
        hash = hash_number(hash, (uint64_t)place->core);
        hash = hash_number(hash, (uint64_t)place->efficiency);
        for (size_t level = 0; level < topology->levels; level++) {
            hash = hash_number(hash, (uint64_t)place->path[level]);
        }
        hash = hash_caches(hash, hwloc_get_pu_obj_by_os_index(
                                     topology->hwloc, (unsigned)place->pu));
    }
    return hash;
}

void topology_facts(const struct topology *topology, struct topology_facts *ret)
{
    int machine = hwloc_get_nbobjs_by_type(topology->hwloc, HWLOC_OBJ_PU);
    *ret = (struct topology_facts){
        .packages = count_allowed(topology, HWLOC_OBJ_PACKAGE),
        .numa_nodes = count_allowed(topology, HWLOC_OBJ_NUMANODE),
        .pus = topology->n,
        .pus_machine = (size_t)machine,
        .hybrid = is_hybrid(topology),
        .quota_cpus = topology->quota_cpus,
    };
    count_cores(topology, ret);
    snprintf(ret->digest, sizeof(ret->digest), "%016" PRIx64,
             hash_of(topology));
}
