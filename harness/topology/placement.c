/* SPDX-License-Identifier: MIT */
#include "harness/topology/placement.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/topology/order.h"
#include "harness/topology/pu_list.h"

#include <errno.h>
#include <string.h>

#define LIST_PREFIX "pus="

const char *const placement_names[] = {
    "one_pu",  "per_core", "per_pu",   "compact",
    "scatter", "os",       "pus=LIST", NULL,
};

static const char *const summaries[] = {
    "every task on one PU, the first of per_core",
    "one task a core, then round again over the same PUs",
    "one task a PU: the first PU of each core, then the second ones",
    "neighbours first: fill a core, a cache, a NUMA node, a package",
    "apart first: over packages, NUMA nodes, caches, cores",
    "unbound: the kernel decides inside the allowed set",
    "exactly these PUs in this order, e.g. pus=0+2-3",
};

const char *placement_summary(size_t i)
{
    return summaries[i];
}

/* A placement taken apart. */
struct choice {
    bool os;
    bool one; /* only the first place */
    enum order order;
    int *list; /* pus=LIST, else NULL; owned */
    size_t n;
};

static void choice_deinit(struct choice *choice)
{
    free(choice->list);
}

static int complain(const struct topology *topology, const char *name,
                    struct diag *diag, const char *reason)
{
    const int *pus;
    size_t n = topology_pus(topology, &pus);
    _cleanup_(free_p) char *allowed = pu_list_format(pus, n);
    return diag_set(diag, -EINVAL,
                    "placement '%.200s': %s; this process may use PU%s %s",
                    name, reason, n == 1 ? "" : "s", allowed);
}

/* Each PU of the list is allowed and named once. */
static int check_list(const struct topology *topology, const char *name,
                      const struct choice *choice, struct diag *diag)
{
    _cleanup_(free_p) bool *seen = must_calloc(PU_LIST_MAX, sizeof(*seen));
    for (size_t i = 0; i < choice->n; i++) {
        int pu = choice->list[i];
        char reason[64] = "";
        if (!topology_allows(topology, pu)) {
            snprintf(reason, sizeof(reason), "PU %d is not allowed", pu);
        } else if (seen[pu]) {
            snprintf(reason, sizeof(reason), "PU %d is named twice", pu);
        }
        if (reason[0]) {
            return complain(topology, name, diag, reason);
        }
        seen[pu] = true;
    }
    return 0;
}

static int parse_list(const struct topology *topology, const char *name,
                      struct choice *choice, struct diag *diag)
{
    const char *at;
    if (pu_list_parse(name + strlen(LIST_PREFIX), &choice->list, &choice->n,
                      &at) < 0) {
        char reason[128];
        snprintf(reason, sizeof(reason),
                 "expected a PU or a range %s%.24s%s, as in pus=0+2-3",
                 *at ? "at '" : "at the end", at, *at ? "'" : "");
        return complain(topology, name, diag, reason);
    }
    return check_list(topology, name, choice, diag);
}

static int unknown(const char *name, struct diag *diag)
{
    const char *close =
        suggest(name, placement_names, ARRAY_LEN(placement_names) - 1);
    return diag_set(diag, -EINVAL,
                    "unknown placement '%.64s'%s%s%s (there are one_pu, "
                    "per_core, per_pu, compact, scatter, os, pus=LIST)",
                    name, close ? "; did you mean '" : "", close ? close : "",
                    close ? "'?" : "");
}

/* `ret` is freed by choice_deinit, also after a failure. */
static int parse(const struct topology *topology, const char *name,
                 struct choice *ret, struct diag *diag)
{
    static const struct {
        const char *name;
        struct choice choice;
    } policies[] = {
        {"one_pu", {.one = true, .order = ORDER_CORES}},
        {"per_core", {.order = ORDER_CORES}},
        {"per_pu", {.order = ORDER_PUS}},
        {"compact", {.order = ORDER_COMPACT}},
        {"scatter", {.order = ORDER_SCATTER}},
        {"os", {.os = true, .order = ORDER_PUS}},
    };
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        if (strcmp(name, policies[i].name) == 0) {
            *ret = policies[i].choice;
            return 0;
        }
    }
    *ret = (struct choice){0};
    if (strncmp(name, LIST_PREFIX, strlen(LIST_PREFIX)) == 0) {
        return parse_list(topology, name, ret, diag);
    }
    return unknown(name, diag);
}

int placement_check(const struct topology *topology, const char *name,
                    struct diag *diag)
{
    _cleanup_(choice_deinit) struct choice choice = {0};
    return parse(topology, name, &choice, diag);
}

static bool in_use(const int *pus, size_t n, int pu)
{
    for (size_t i = 0; i < n; i++) {
        if (pus[i] == pu) {
            return true;
        }
    }
    return false;
}

/* From how many allowed PUs on the generator has one of its own. */
static size_t generator_needs(enum placement_generator generator)
{
    return generator == PLACEMENT_LAST_PU ? 2 : 3;
}

/* The PU that a policy leaves to the generator; -1: none. */
static int reserve(const struct topology *topology, const struct choice *choice,
                   enum placement_generator generator)
{
    const int *allowed;
    size_t n = topology_pus(topology, &allowed);
    bool own = generator != PLACEMENT_NO_GENERATOR && !choice->os &&
               !choice->list && n >= generator_needs(generator);
    return own ? allowed[n - 1] : -1;
}

/* Where the generator goes when nothing was reserved: beside pus=LIST, or on a
 * machine with too few PUs. `used`: the places that tasks stand on. */
static int find_generator(const struct topology *topology, const int *used,
                          size_t n_used, enum placement_generator generator)
{
    const int *allowed;
    size_t n = topology_pus(topology, &allowed);
    if (n >= generator_needs(generator)) {
        for (size_t i = n; i > 0; i--) {
            if (!in_use(used, n_used, allowed[i - 1])) {
                return allowed[i - 1];
            }
        }
    }
    return generator == PLACEMENT_LAST_PU ? allowed[n - 1] : used[0];
}

static void place_generator(const struct topology *topology,
                            const struct choice *choice, int reserved,
                            enum placement_generator generator,
                            struct placement *placement)
{
    placement->generator_pu = -1;
    if (generator == PLACEMENT_NO_GENERATOR || choice->os) {
        return;
    }
    size_t used = placement->tasks < placement->places ? placement->tasks
                                                       : placement->places;
    placement->generator_pu =
        reserved >= 0
            ? reserved
            : find_generator(topology, placement->pus, used, generator);
    placement->generator_shared =
        in_use(placement->pus, used, placement->generator_pu);
}

static bool is_over_quota(const struct topology *topology,
                          const struct placement *placement,
                          enum placement_generator generator)
{
    struct topology_facts facts;
    topology_facts(topology, &facts);
    size_t used = placement->tasks < placement->places ? placement->tasks
                                                       : placement->places;
    if (generator != PLACEMENT_NO_GENERATOR && !placement->generator_shared &&
        used < facts.pus) {
        used++;
    }
    return facts.quota_cpus > 0 && (double)used > facts.quota_cpus;
}

/* The PUs in the order in which tasks take them; the caller frees. */
static int *offer(const struct topology *topology, const struct choice *choice,
                  int reserved, size_t *ret_n)
{
    if (choice->list) {
        int *pus = must_calloc(choice->n, sizeof(*pus));
        memcpy(pus, choice->list, choice->n * sizeof(*pus));
        *ret_n = choice->n;
        return pus;
    }
    int *pus = order_pus(topology, choice->order, reserved, ret_n);
    *ret_n = choice->one ? 1 : *ret_n;
    return pus;
}

int placement_resolve(const struct topology *topology, const char *name,
                      size_t tasks, enum placement_generator generator,
                      struct placement *ret, struct diag *diag)
{
    _cleanup_(choice_deinit) struct choice choice = {0};
    int r = parse(topology, name, &choice, diag);
    if (r < 0) {
        return r;
    }
    must(tasks > 0);
    int reserved = reserve(topology, &choice, generator);
    struct placement placement = {.tasks = tasks};
    _cleanup_(free_p) int *places =
        offer(topology, &choice, reserved, &placement.places);
    placement.pus = must_calloc(tasks, sizeof(*placement.pus));
    for (size_t i = 0; i < tasks; i++) {
        placement.pus[i] = choice.os ? -1 : places[i % placement.places];
    }
    placement.oversubscribed = !choice.os && tasks > placement.places;
    place_generator(topology, &choice, reserved, generator, &placement);
    placement.over_quota = is_over_quota(topology, &placement, generator);
    *ret = placement;
    return 0;
}

void placement_deinit(struct placement *placement)
{
    free(placement->pus);
    *placement = (struct placement){0};
}
