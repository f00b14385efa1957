/* SPDX-License-Identifier: MIT */
#include "bench/registry.h"

#include <string.h>

#define X(name) extern const struct workload workload_##name;
#include "workload_list.h"
#undef X
#define X(name) extern const struct exec_model exec_model_##name;
#include "model_list.h"
#undef X
#define X(name) extern const struct lock_policy lock_policy_##name;
#include "lock_list.h"
#undef X
#define X(name) extern const struct command command_##name;
#include "command_list.h"
#undef X

#define X(name) &workload_##name,
const struct workload *const registry_workloads[] = {
#include "workload_list.h"
    NULL};
#undef X
#define X(name) &exec_model_##name,
const struct exec_model *const registry_models[] = {
#include "model_list.h"
    NULL};
#undef X
#define X(name) &lock_policy_##name,
const struct lock_policy *const registry_locks[] = {
#include "lock_list.h"
    NULL};
#undef X
#define X(name) &command_##name,
const struct command *const registry_commands[] = {
#include "command_list.h"
    NULL};
#undef X

#define X(name) &workload_##name.unit,
static const struct unit *const workload_units[] = {
#include "workload_list.h"
    NULL};
#undef X
#define X(name) &exec_model_##name.unit,
static const struct unit *const model_units[] = {
#include "model_list.h"
    NULL};
#undef X
#define X(name) &lock_policy_##name.unit,
static const struct unit *const lock_units[] = {
#include "lock_list.h"
    NULL};
#undef X

const struct registry_family registry_families[] = {
    {"workloads", "workload", workload_units, ARRAY_LEN(workload_units) - 1},
    {"models", "model", model_units, ARRAY_LEN(model_units) - 1},
    {"locks", "lock", lock_units, ARRAY_LEN(lock_units) - 1},
    {0},
};

const struct unit *registry_find(const struct registry_family *family,
                                 const char *name)
{
    for (size_t i = 0; i < family->n; i++) {
        if (strcmp(family->units[i]->name, name) == 0) {
            return family->units[i];
        }
    }
    return NULL;
}

const struct workload *registry_workload(const char *name)
{
    const struct unit *unit = registry_find(&registry_families[0], name);
    return unit ? container_of(unit, struct workload, unit) : NULL;
}

const struct exec_model *registry_model(const char *name)
{
    const struct unit *unit = registry_find(&registry_families[1], name);
    return unit ? container_of(unit, struct exec_model, unit) : NULL;
}

const struct lock_policy *registry_lock(const char *name)
{
    const struct unit *unit = registry_find(&registry_families[2], name);
    return unit ? container_of(unit, struct lock_policy, unit) : NULL;
}
