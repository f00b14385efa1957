/* SPDX-License-Identifier: MIT */
#include "bench/plan_file.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "harness/record/schemas.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PLANS_MAX 64

static const struct embedded_file *find_built_in(const char *name)
{
    _cleanup_(free_p) char *file = NULL;
    must(asprintf(&file, "%s.json", name) > 0);
    return embedded_find(plan_files, file);
}

static bool looks_like_file(const char *name)
{
    size_t n = strlen(name);
    return strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".json") == 0) ||
           access(name, F_OK) == 0;
}

static int unknown_plan(const char *name, struct diag *diag)
{
    char *names[PLANS_MAX] = {NULL};
    char all[512] = "";
    size_t n = 0;
    for (; plan_files[n].name && n < PLANS_MAX; n++) {
        const char *file = plan_files[n].name;
        names[n] = strndup(file, strlen(file) - strlen(".json"));
        must(names[n] != NULL);
        size_t used = strlen(all);
        snprintf(all + used, sizeof(all) - used, "%s%s", n > 0 ? ", " : "",
                 names[n]);
    }
    const char *close = suggest(name, (const char *const *)names, n);
    int r =
        diag_set(diag, -EINVAL,
                 "unknown plan '%.64s'%s%s%s (there are %s; or name a file)",
                 name, close ? "; did you mean '" : "", close ? close : "",
                 close ? "'?" : "", all);
    while (n > 0) {
        free(names[--n]);
    }
    return r;
}

int plan_file_check(const json_t *plan, const char *source, struct diag *diag)
{
    int r = document_check_version(plan, source, diag);
    if (r < 0) {
        return r;
    }
    _cleanup_(json_schema_free_p) struct json_schema *schema =
        schemas_load("plan.json");
    r = json_schema_check(schema, NULL, plan, diag);
    return r < 0 ? diag_prefix(diag, r, "%s", source) : 0;
}

int plan_file_load(const char *name, json_t **ret, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *json = NULL;
    const struct embedded_file *file = find_built_in(name);
    int r = 0;
    if (file) {
        json = json_loadb((const char *)file->data, file->size,
                          JSON_REJECT_DUPLICATES, NULL);
        must(json != NULL);
    } else if (looks_like_file(name)) {
        r = document_read_json(name, &json, diag);
    } else {
        r = unknown_plan(name, diag);
    }
    r = r < 0 ? r : plan_file_check(json, name, diag);
    if (r == 0) {
        *ret = steal(&json);
    }
    return r;
}
