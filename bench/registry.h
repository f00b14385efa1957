/* SPDX-License-Identifier: MIT */
/* Every unit of the program, from the lists in the folders' meson.build. */
#pragma once

#include "bench/command.h"
#include "harness/exec/exec_model.h"
#include "harness/exec/workload.h"
#include "runtime/locks/lock_policy.h"

extern const struct workload *const registry_workloads[]; /* NULL-ended */
extern const struct exec_model *const registry_models[];
extern const struct lock_policy *const registry_locks[];
extern const struct command *const registry_commands[];

/* A family seen as units: "workloads", "models", "locks". */
struct registry_family {
    const char *name;                /* plural, as in `list workloads` */
    const char *singular;            /* as in --workload */
    const struct unit *const *units; /* NULL-ended */
    size_t n;
};

extern const struct registry_family registry_families[]; /* name NULL ends */

/* The unit by exact name, or NULL. */
const struct unit *registry_find(const struct registry_family *family,
                                 const char *name);

const struct workload *registry_workload(const char *name);
const struct exec_model *registry_model(const char *name);
const struct lock_policy *registry_lock(const char *name);
