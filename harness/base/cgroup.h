/* SPDX-License-Identifier: MIT */
/*
 * The CPU quota that this process was given by its cgroups, versions 1 and 2.
 * Every level from the process's own cgroup up to the one mounted is asked,
 * since a parent's quota limits its children without showing in them.
 */
#pragma once

#define CGROUP_PATH_MAX 1024

struct cgroup_cpu {
    double quota_cpus; /* in CPUs; the smallest wins; 0: no limit */
    /* cpu.stat of the level that limits most, else of the process's own
     * cgroup; "" where there is none that counts throttling. */
    char stat[CGROUP_PATH_MAX];
};

/* `root` goes in front of every path: "" for this machine, a made-up tree in
 * tests. What cannot be read is no limit. */
void cgroup_cpu_read(const char *root, struct cgroup_cpu *ret);
