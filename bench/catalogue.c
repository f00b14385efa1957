/* SPDX-License-Identifier: MIT */
#include "bench/catalogue.h"

#include "bench/plan_file.h"
#include "claims/claim.h"
#include "harness/base/cleanup.h"
#include "harness/topology/placement.h"
#include "plots/figure.h"
#include "workloads/sharing/sharing.h"

#include <string.h>

static void add(json_t *entries, const char *name, const char *summary)
{
    json_array_append_new(entries, json_pack("{ss ss}", "name", name, "summary",
                                             summary ? summary : ""));
}

static json_t *placements(void)
{
    json_t *entries = json_array();
    for (size_t i = 0; placement_names[i]; i++) {
        add(entries, placement_names[i], placement_summary(i));
    }
    return entries;
}

static json_t *plans(void)
{
    json_t *entries = json_array();
    for (const struct embedded_file *file = plan_files; file->name; file++) {
        json_t *plan =
            json_loadb((const char *)file->data, file->size, 0, NULL);
        _cleanup_(free_p) char *name =
            strndup(file->name, strcspn(file->name, "."));
        add(entries, name, json_string_value(json_object_get(plan, "summary")));
        json_decref(plan);
    }
    return entries;
}

static json_t *figures(void)
{
    json_t *entries = json_array();
    for (size_t i = 0; figure_names[i]; i++) {
        _cleanup_(free_p) char *title = figure_title(figure_names[i]);
        add(entries, figure_names[i], title);
    }
    return entries;
}

static json_t *all_claims(void)
{
    json_t *entries = json_array();
    for (size_t i = 0; claims[i]; i++) {
        add(entries, claims[i]->name, claims[i]->statement);
    }
    return entries;
}

static json_t *strategies(void)
{
    json_t *entries = json_array();
    for (size_t i = 0; sharing_all[i]; i++) {
        add(entries, sharing_all[i]->unit.name, sharing_all[i]->unit.summary);
    }
    return entries;
}

const struct catalogue catalogues[] = {
    {"placements", placements}, {"plans", plans},       {"figures", figures},
    {"strategies", strategies}, {"claims", all_claims}, {0},
};
