/* SPDX-License-Identifier: MIT */
/* gilbench validate: a document or a plan against its schema. */
#include "bench/command.h"
#include "bench/compare.h"
#include "bench/plan.h"
#include "harness/base/cacheline.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "harness/record/schemas.h"

#include <errno.h>
#include <string.h>

static int validate_plan(const json_t *json, const char *path,
                         struct diag *diag)
{
    int r = plan_check(json, path, diag);
    if (r == 0) {
        printf("%s: a valid plan, %zu experiments\n", path,
               json_array_size(json_object_get(json, "experiments")));
    }
    return r;
}

static int validate_result(const json_t *json, const char *path,
                           struct diag *diag)
{
    int r = document_check(json, path, diag);
    r = r < 0 ? r : document_check_meaning(json, path, diag);
    if (r < 0) {
        return r;
    }
    const json_t *cells = json_object_get(json, "cells");
    size_t repetitions = 0;
    size_t i;
    const json_t *cell;
    json_array_foreach((json_t *)cells, i, cell)
    {
        repetitions += json_array_size(json_object_get(cell, "repetitions"));
    }
    printf("%s: a valid result document, %zu cells, %zu repetitions\n", path,
           json_array_size(cells), repetitions);
    return 0;
}

static int validate_comparison(const json_t *json, const char *path,
                               struct diag *diag)
{
    int r = compare_document_check(json, path, true, diag);
    if (r < 0) {
        return r;
    }
    size_t pairs = 0;
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(json, "cells"), i, cell)
    {
        pairs += json_array_size(json_object_get(cell, "pairs"));
    }
    printf("%s: a valid comparison document, %zu cells, %zu pairs\n", path,
           json_array_size(json_object_get(json, "cells")), pairs);
    return 0;
}

static int validate_selftest(const json_t *json, const char *path,
                             struct diag *diag)
{
    _cleanup_(json_schema_free_p) struct json_schema *schema =
        schemas_load("selftest.json");
    int r = document_check_version(json, path, diag);
    r = r < 0 ? r : json_schema_check(schema, NULL, json, diag);
    if (r < 0) {
        return diag_prefix(diag, r, "%s", path);
    }
    printf("%s: a valid selftest, %zu classes\n", path,
           json_array_size(json_object_get(json, "classes")));
    return 0;
}

static int cmd_validate(int argc, char **argv, struct diag *diag)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-') {
            return diag_set(diag, -EINVAL, "validate: no such option: %s",
                            argv[i]);
        }
    }
    if (argc != 2) {
        return diag_set(diag, -EINVAL,
                        "validate: give one file; see gilbench validate "
                        "--help");
    }
    const char *path = argv[1];
    _cleanup_(json_decref_p) json_t *json = NULL;
    int r = document_read_json(path, &json, diag);
    if (r < 0) {
        return r;
    }
    /* What only one kind has; all else is held to be a result. */
    if (json_object_get(json, "comparison")) {
        return validate_comparison(json, path, diag);
    }
    if (json_object_get(json, "selftest")) {
        return validate_selftest(json, path, diag);
    }
    return json_object_get(json, "experiments")
               ? validate_plan(json, path, diag)
               : validate_result(json, path, diag);
}

const struct command command_validate = {
    .name = "validate",
    .usage = "validate FILE",
    .summary =
        "check a result, a comparison, a selftest or a plan against its schema",
    .help = "Prints one line and exits 0 if the file keeps to the schema (see "
            "results/schema/)\nand to what a schema cannot say: unique cell "
            "ids, intervals in order, summaries\nthat follow from the "
            "repetitions, verdicts that follow from the pairs; for a\nplan: "
            "names and values that this program knows. Else exits 2 and names "
            "the first place that does not.\n",
    .run = cmd_validate,
};
