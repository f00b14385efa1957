/* SPDX-License-Identifier: MIT */
/*
 * Binding a thread is one system call; what costs is to have a topology that
 * hwloc takes for it. Wall time from hwloc_topology_init() to the first bound
 * thread, median of 100 fresh processes each, on a virtual machine with 2 PUs,
 * hwloc 2.9.0 of Debian 12:
 *
 *                                            with plugins   without
 *   full load                                     3.6 ms    1.2 ms
 *   full load, every object type filtered out     3.3 ms    1.0 ms
 *   full load, HWLOC_COMPONENTS=linux,stop        3.4 ms
 *   XML of this machine, IS_THISSYSTEM            2.6 ms    0.22 ms
 *   synthetic "pu:2", IS_THISSYSTEM               2.4 ms    0.14 ms
 *   synthetic "numa:1 pu:1", by thread id         2.4 ms    0.09 ms
 *
 * Hence the last one. Most of the time goes into loading plugins (GPU, PCI,
 * libxml: shared libraries that play no part here, absent unless the package
 * libhwloc-plugins is installed), the rest into discovering objects that
 * binding to one PU does not need. hwloc's call for a thread id takes the set
 * as it is and so is content with the smallest machine of all; the portable
 * call wants a topology that has the PU, and a synthetic one of 1,024 PUs
 * takes 19 ms.
 */
#include "harness/topology/binding.h"

#include "harness/base/must.h"
#include "harness/topology/internal.h"

#include <errno.h>
#include <hwloc/linux.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MASK_PUS 65536 /* more than any kernel is built for */

/* One process, one binding: set by binding_init(), read-only afterwards. */
static struct {
    hwloc_topology_t hwloc;
    hwloc_bitmap_t given; /* what the process may use */
} binding;

/* What the kernel says the calling thread may run on. It is asked directly, so
 * that it can testify against hwloc. */
static int read_affinity(hwloc_bitmap_t ret)
{
    unsigned long mask[MASK_PUS / (8 * sizeof(unsigned long))];
    /* The system call, unlike its wrapper, tells how much it wrote. */
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
    if (bytes < 0) {
        return -errno;
    }
    must(hwloc_bitmap_from_ulongs(
             ret, (unsigned)((size_t)bytes / sizeof(*mask)), mask) == 0);
    return 0;
}

/* The smallest topology there is. With its NUMA node named: where hwloc 2.9.0
 * has to add one it copies between overlapping memory. */
static int load_smallest(hwloc_topology_t hwloc)
{
    return hwloc_topology_set_synthetic(hwloc, "numa:1 pu:1") < 0 ||
                   hwloc_topology_load(hwloc) < 0
               ? -EIO
               : 0;
}

int binding_init(struct diag *diag)
{
    binding_deinit();
    binding.given = hwloc_bitmap_alloc();
    must(binding.given != NULL);
    int r = read_affinity(binding.given);
    if (r < 0) {
        binding_deinit();
        return diag_set(diag, r,
                        "the kernel does not tell the CPU affinity: "
                        "%s",
                        strerror(-r));
    }
    r = topology_init_plain(&binding.hwloc);
    r = r < 0 ? r : load_smallest(binding.hwloc);
    if (r < 0) {
        binding_deinit();
        return diag_set(diag, r, "hwloc does not start");
    }
    return 0;
}

void binding_deinit(void)
{
    if (binding.hwloc) {
        hwloc_topology_destroy(binding.hwloc);
    }
    hwloc_bitmap_free(binding.given);
    binding.hwloc = NULL;
    binding.given = NULL;
}

/* Binds the calling thread and holds hwloc's word against the kernel's. */
static int bind_to(hwloc_const_bitmap_t wanted, const char *what,
                   struct diag *diag)
{
    if (hwloc_linux_set_tid_cpubind(binding.hwloc, 0, wanted) < 0) {
        return diag_set(diag, -errno, "cannot bind a thread to %s: %s", what,
                        strerror(errno));
    }
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    must(bound != NULL);
    int r = read_affinity(bound);
    if (r == 0 && !hwloc_bitmap_isequal(bound, wanted)) {
        r = -EBUSY;
    }
    hwloc_bitmap_free(bound);
    if (r < 0) {
        return diag_set(diag, r,
                        "binding a thread to %s had no effect: has the cpuset "
                        "changed?",
                        what);
    }
    return 0;
}

int binding_bind(int pu, struct diag *diag)
{
    must(binding.hwloc != NULL);
    if (pu < 0 || !hwloc_bitmap_isset(binding.given, (unsigned)pu)) {
        return diag_set(diag, -EINVAL,
                        "PU %d is not one that this process may use", pu);
    }
    char what[32];
    snprintf(what, sizeof(what), "PU %d", pu);
    hwloc_bitmap_t wanted = hwloc_bitmap_alloc();
    if (!wanted || hwloc_bitmap_only(wanted, (unsigned)pu) < 0) {
        must_out_of_memory();
    }
    int r = bind_to(wanted, what, diag);
    hwloc_bitmap_free(wanted);
    return r;
}

int binding_unbind(struct diag *diag)
{
    must(binding.hwloc != NULL);
    return bind_to(binding.given, "all PUs of the process", diag);
}

size_t binding_pus(void)
{
    int n = binding.given ? hwloc_bitmap_weight(binding.given) : 0;
    return n > 0 ? (size_t)n : (size_t)sysconf(_SC_NPROCESSORS_ONLN);
}
