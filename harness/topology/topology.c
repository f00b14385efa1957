/* SPDX-License-Identifier: MIT */
#include "harness/topology/topology.h"

#include "harness/base/cgroup.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/topology/internal.h"
#include "harness/topology/pu_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLUGINS_PATH "HWLOC_PLUGINS_PATH"

int topology_init_plain(hwloc_topology_t *ret)
{
    const char *value = getenv(PLUGINS_PATH);
    _cleanup_(free_p) char *old = value ? strdup(value) : NULL;
    setenv(PLUGINS_PATH, "/dev/null", 1); /* no folder: no plugin */
    int r = hwloc_topology_init(ret) < 0 ? -ENOMEM : 0;
    if (old) {
        setenv(PLUGINS_PATH, old, 1);
    } else {
        unsetenv(PLUGINS_PATH);
    }
    return r;
}

/* The speed of a PU's core among the kinds of this machine. hwloc ranks the
 * kinds from slow to fast, or says -1 when it cannot tell. */
static int efficiency_of(hwloc_topology_t hwloc, hwloc_obj_t pu)
{
    int efficiency = -1;
    int kind = hwloc_cpukinds_get_by_cpuset(hwloc, pu->cpuset, 0);
    if (kind >= 0) {
        hwloc_cpukinds_get_info(hwloc, (unsigned)kind, NULL, &efficiency, NULL,
                                NULL, 0);
    }
    return efficiency < 0 ? 0 : efficiency;
}

static void fill_place(struct topology *topology, hwloc_obj_t pu, size_t i)
{
    int *path = topology->paths + i * topology->levels;
    for (size_t level = 0; level < topology->levels; level++) {
        hwloc_obj_t above = hwloc_get_ancestor_obj_by_depth(topology->hwloc,
                                                            (int)level + 1, pu);
        path[level] = above ? (int)above->logical_index : -1;
    }
    hwloc_obj_t core =
        hwloc_get_ancestor_obj_by_type(topology->hwloc, HWLOC_OBJ_CORE, pu);
    topology->places[i] = (struct topology_place){
        .pu = (int)pu->os_index,
        .core = (int)(core ? core->logical_index : pu->logical_index),
        .efficiency = efficiency_of(topology->hwloc, pu),
        .path = path,
    };
}

static void topology_clear(struct topology *topology)
{
    free(topology->places);
    free(topology->paths);
    free(topology->pus);
    topology->places = NULL;
    topology->paths = NULL;
    topology->pus = NULL;
}

/* Makes the tables anew from hwloc's objects and the allowed set. */
static void topology_update(struct topology *topology)
{
    topology_clear(topology);
    int depth = hwloc_topology_get_depth(topology->hwloc);
    int weight = hwloc_bitmap_weight(topology->allowed);
    must(depth >= 2 && weight > 0);
    topology->levels = (size_t)depth - 2; /* without machine and PU */
    topology->n = (size_t)weight;
    topology->places = must_calloc(topology->n, sizeof(*topology->places));
    topology->paths =
        must_calloc(topology->n * topology->levels, sizeof(*topology->paths));
    topology->pus = must_calloc(topology->n, sizeof(*topology->pus));

    size_t n = 0;
    hwloc_obj_t pu = NULL;
    while (
        (pu = hwloc_get_next_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, pu))) {
        if (hwloc_bitmap_isset(topology->allowed, pu->os_index)) {
            fill_place(topology, pu, n++);
        }
    }
    must(n == topology->n);
    int index = -1;
    for (size_t i = 0; i < n; i++) {
        index = hwloc_bitmap_next(topology->allowed, index);
        topology->pus[i] = index;
    }
}

static void topology_free_p(struct topology **topology)
{
    topology_free(*topology);
}

void topology_free(struct topology *topology)
{
    if (!topology) {
        return;
    }
    topology_clear(topology);
    hwloc_bitmap_free(topology->allowed);
    if (topology->hwloc) {
        hwloc_topology_destroy(topology->hwloc);
    }
    free(topology);
}

static int topology_new(struct topology **ret, struct diag *diag)
{
    _cleanup_(topology_free_p) struct topology *topology =
        must_calloc(1, sizeof(*topology));
    topology->allowed = hwloc_bitmap_alloc();
    must(topology->allowed != NULL);
    if (topology_init_plain(&topology->hwloc) < 0) {
        return diag_set(diag, -ENOMEM, "hwloc does not start");
    }
    *ret = steal(&topology);
    return 0;
}

/* Loads what was set up; everything that hwloc calls allowed is allowed. */
static int load(struct topology *topology, struct diag *diag)
{
    hwloc_topology_set_flags(topology->hwloc,
                             HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    if (hwloc_topology_load(topology->hwloc) < 0) {
        return diag_set(diag, -EIO, "hwloc cannot read the topology: %s",
                        strerror(errno));
    }
    hwloc_bitmap_and(topology->allowed,
                     hwloc_topology_get_topology_cpuset(topology->hwloc),
                     hwloc_topology_get_allowed_cpuset(topology->hwloc));
    if (hwloc_bitmap_iszero(topology->allowed)) {
        return diag_set(diag, -EIO, "hwloc finds no PU that may be used");
    }
    return 0;
}

/* Leaves only what the calling thread is bound to. */
static void cut_to_binding(struct topology *topology)
{
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    must(bound != NULL);
    if (hwloc_get_cpubind(topology->hwloc, bound, HWLOC_CPUBIND_THREAD) == 0 &&
        hwloc_bitmap_intersects(bound, topology->allowed)) {
        hwloc_bitmap_and(topology->allowed, topology->allowed, bound);
    }
    hwloc_bitmap_free(bound);
}

int topology_load(struct topology **ret, struct diag *diag)
{
    _cleanup_(topology_free_p) struct topology *topology = NULL;
    int r = topology_new(&topology, diag);
    r = r < 0 ? r : load(topology, diag);
    if (r < 0) {
        return r;
    }
    if (!hwloc_topology_is_thissystem(topology->hwloc)) {
        return diag_set(diag, -EINVAL,
                        "an HWLOC_ variable of the environment "
                        "(HWLOC_XMLFILE, HWLOC_SYNTHETIC, HWLOC_FSROOT or "
                        "HWLOC_THISSYSTEM) describes another machine: unset "
                        "it");
    }
    cut_to_binding(topology);
    struct cgroup_cpu cgroup;
    cgroup_cpu_read("", &cgroup);
    topology->quota_cpus = cgroup.quota_cpus;
    topology_update(topology);
    *ret = steal(&topology);
    return 0;
}

int topology_load_synthetic(const char *description, struct topology **ret,
                            struct diag *diag)
{
    _cleanup_(topology_free_p) struct topology *topology = NULL;
    int r = topology_new(&topology, diag);
    if (r < 0) {
        return r;
    }
    if (hwloc_topology_set_synthetic(topology->hwloc, description) < 0) {
        return diag_set(diag, -EINVAL,
                        "'%s' is not a machine in hwloc's synthetic language",
                        description);
    }
    r = load(topology, diag);
    if (r < 0) {
        return r;
    }
    topology_update(topology);
    *ret = steal(&topology);
    return 0;
}

/* The PUs of `text` as a set, each allowed. */
static int parse_set(const struct topology *topology, const char *text,
                     hwloc_bitmap_t set, struct diag *diag)
{
    _cleanup_(free_p) int *pus = NULL;
    size_t n;
    const char *at;
    if (pu_list_parse(text, &pus, &n, &at) < 0) {
        return diag_set(diag, -EINVAL, "'%s' is not a list of PUs", text);
    }
    for (size_t i = 0; i < n; i++) {
        if (!topology_allows(topology, pus[i])) {
            return diag_set(diag, -EINVAL, "PU %d is not allowed", pus[i]);
        }
        hwloc_bitmap_set(set, (unsigned)pus[i]);
    }
    return 0;
}

int topology_restrict(struct topology *topology, const char *pus,
                      struct diag *diag)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    must(set != NULL);
    int r = parse_set(topology, pus, set, diag);
    if (r == 0) {
        hwloc_bitmap_copy(topology->allowed, set);
        topology_update(topology);
    }
    hwloc_bitmap_free(set);
    return r;
}

int topology_set_kind(struct topology *topology, const char *pus,
                      int efficiency, struct diag *diag)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    must(set != NULL);
    int r = parse_set(topology, pus, set, diag);
    if (r == 0) {
        must(hwloc_cpukinds_register(topology->hwloc, set, efficiency, 0, NULL,
                                     0) == 0);
        topology_update(topology);
    }
    hwloc_bitmap_free(set);
    return r;
}

void topology_set_quota(struct topology *topology, double quota_cpus)
{
    topology->quota_cpus = quota_cpus;
}

size_t topology_pus(const struct topology *topology, const int **ret)
{
    *ret = topology->pus;
    return topology->n;
}

bool topology_allows(const struct topology *topology, int pu)
{
    return pu >= 0 && hwloc_bitmap_isset(topology->allowed, (unsigned)pu);
}

size_t topology_places(const struct topology *topology,
                       const struct topology_place **ret)
{
    *ret = topology->places;
    return topology->n;
}

size_t topology_levels(const struct topology *topology)
{
    return topology->levels;
}
