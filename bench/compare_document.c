/* SPDX-License-Identifier: MIT */
#include "bench/compare.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "harness/record/schemas.h"
#include "harness/record/summary.h"

#include <errno.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int check_pair(const char *id, size_t index, const json_t *pair, bool ok,
                      struct diag *diag)
{
    for (int i = 0; i < COMPARE_SIDES; i++) {
        const json_t *side = json_object_get(pair, compare_roles[i]);
        bool fine = strcmp(text_of(side, "status"), "ok") == 0;
        const json_t *values = json_object_get(side, "values");
        if (fine && !json_object_get(values, "steps_per_s")) {
            return diag_set(diag, -EINVAL,
                            "%s: pair %zu: %s is ok without steps_per_s", id,
                            index, compare_roles[i]);
        }
        if (ok && !fine) {
            return diag_set(diag, -EINVAL,
                            "%s: the cell is ok, but %s of pair %zu is %s", id,
                            compare_roles[i], index, text_of(side, "status"));
        }
    }
    return 0;
}

static int check_cell(const json_t *cell, json_t *seen, struct diag *diag)
{
    const char *id = text_of(cell, "id");
    size_t i;
    const json_t *pair;
    if (json_object_get(seen, id)) {
        return diag_set(diag, -EINVAL, "%s: there are two of this cell", id);
    }
    json_object_set_new(seen, id, json_true());
    bool ok = strcmp(text_of(cell, "status"), "ok") == 0;
    if (ok != json_is_null(json_object_get(cell, "reason"))) {
        return diag_set(diag, -EINVAL, "%s: status and reason do not fit", id);
    }
    int rc = 0;
    json_array_foreach(json_object_get(cell, "pairs"), i, pair)
    {
        rc = rc < 0 ? rc : check_pair(id, i, pair, ok, diag);
    }
    return rc;
}

static int check_metrics(const json_t *document, struct diag *diag)
{
    size_t i;
    const json_t *name;
    const json_t *options = json_object_get(document, "comparison");
    json_array_foreach(json_object_get(options, "metrics"), i, name)
    {
        if (!summary_metric(json_string_value(name))) {
            return diag_set(diag, -EINVAL, "/comparison/metrics/%zu: unknown",
                            i);
        }
    }
    return 0;
}

/* Numbers as they are written, so that 5 and 5.0 are the same. */
static char *judged_text(const json_t *document)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    compare_document_write(document, out);
    must(fclose(out) == 0);
    return text;
}

static int check_verdicts(const json_t *document, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *again = json_deep_copy(document);
    must(again != NULL);
    compare_judge(again);
    _cleanup_(free_p) char *text = judged_text(document);
    _cleanup_(free_p) char *text_again = judged_text(again);
    if (strcmp(text, text_again) != 0) {
        return diag_set(diag, -EINVAL,
                        "its verdicts do not follow from its pairs (gilbench "
                        "compare --from FILE judges them again)");
    }
    return 0;
}

int compare_document_check(const json_t *document, const char *path,
                           bool verdicts, struct diag *diag)
{
    int rc = document_check_version(document, path, diag);
    if (rc < 0) {
        return rc;
    }
    _cleanup_(json_schema_free_p) struct json_schema *schema =
        schemas_load("comparison.json");
    _cleanup_(json_decref_p) json_t *seen = json_object();
    size_t i;
    const json_t *cell;
    rc = json_schema_check(schema, NULL, document, diag);
    rc = rc < 0 ? rc : check_metrics(document, diag);
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        rc = rc < 0 ? rc : check_cell(cell, seen, diag);
    }
    rc = rc == 0 && verdicts ? check_verdicts(document, diag) : rc;
    return rc < 0 ? diag_prefix(diag, rc, "%s", path) : 0;
}

int compare_document_load(const char *path, json_t **ret, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *json = NULL;
    int rc = document_read_json(path, &json, diag);
    if (rc == 0 && !json_object_get(json, "comparison") &&
        json_object_get(json, "plan")) {
        rc = diag_set(diag, -EINVAL,
                      "%s: this is no comparison; gilbench compare writes one "
                      "with --format json",
                      path);
    }
    rc = rc < 0 ? rc : compare_document_check(json, path, false, diag);
    if (rc == 0) {
        *ret = steal(&json);
    }
    return rc;
}

static void put_value(const json_t *json, FILE *out)
{
    int rc = json_dumpf(json, out, JSON_DOCUMENT_FLAGS | JSON_ENCODE_ANY);
    must(rc == 0 || ferror(out)); /* a full disk is told by who opened it */
}

static void put_key(const char *key, bool first, FILE *out)
{
    json_t *name = json_string(key);
    must(name != NULL);
    fputs(first ? "" : ",", out);
    put_value(name, out);
    fputc(':', out);
    json_decref(name);
}

/* An array with a line an entry. */
static void put_lines(const json_t *array, FILE *out)
{
    size_t i;
    const json_t *entry;
    fputc('[', out);
    json_array_foreach((json_t *)array, i, entry)
    {
        fputs(i > 0 ? ",\n" : "\n", out);
        put_value(entry, out);
    }
    fputc(']', out);
}

static void put_cell(const json_t *cell, FILE *out)
{
    const char *key;
    json_t *value;
    bool first = true;
    fputc('{', out);
    json_object_foreach((json_t *)cell, key, value)
    {
        bool lines = strcmp(key, "pairs") == 0 || strcmp(key, "metrics") == 0;
        put_key(key, first, out);
        first = false;
        if (lines) {
            put_lines(value, out);
        } else {
            put_value(value, out);
        }
    }
    fputc('}', out);
}

void compare_document_write(const json_t *document, FILE *out)
{
    const char *key;
    json_t *value;
    bool first = true;
    size_t i;
    const json_t *cell;
    fputc('{', out);
    json_object_foreach((json_t *)document, key, value)
    {
        fputs(first ? "" : ",\n", out);
        put_key(key, true, out);
        first = false;
        if (strcmp(key, "cells") != 0) {
            put_value(value, out);
            continue;
        }
        fputc('[', out);
        json_array_foreach(value, i, cell)
        {
            fputs(i > 0 ? ",\n" : "\n", out);
            put_cell(cell, out);
        }
        fputc(']', out);
    }
    fputs("}\n", out);
}
