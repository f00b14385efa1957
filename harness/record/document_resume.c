/* SPDX-License-Identifier: MIT */
#include "harness/base/cleanup.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int refuse(const char *path, const char *what, const char *theirs,
                  const char *ours, struct diag *diag)
{
    return diag_set(diag, -EINVAL,
                    "%s cannot be resumed: its %s is %s, that of this run %s; "
                    "run the same plan with the same options, or name another "
                    "--output",
                    path, what, *theirs ? theirs : "none",
                    *ours ? ours : "none");
}

int document_resume(const char *path, const json_t *plan, json_t **ret,
                    uint64_t *ret_seed, struct diag *diag)
{
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        return -ENOENT;
    }
    _cleanup_(json_decref_p) json_t *json = NULL;
    int r = document_load(path, &json, diag);
    if (r < 0) {
        return r;
    }
    static const char *const keys[] = {"digest", "shard"};
    const json_t *old = json_object_get(json, "plan");
    for (size_t i = 0; i < 2; i++) {
        const char *theirs = document_text(old, keys[i]);
        const char *ours = document_text(plan, keys[i]);
        if (strcmp(theirs, ours) != 0) {
            return refuse(path, i == 0 ? "plan's digest" : "shard", theirs,
                          ours, diag);
        }
    }
    document_journal_replay(path, json);
    *ret_seed = (uint64_t)json_number_value(json_object_get(old, "seed"));
    *ret = steal(&json);
    return 0;
}

static int find_cell(const struct document *document, const char *id,
                     size_t hint, size_t *ret)
{
    size_t n = document_cells(document);
    for (size_t i = 0; i < n; i++) {
        size_t at = (hint + i) % n; /* the same plan has the same order */
        if (strcmp(document_text(document_cell(document, at), "id"), id) == 0) {
            *ret = at;
            return 0;
        }
    }
    return -EINVAL;
}

static int adopt_cell(struct document *document, const json_t *old, size_t hint,
                      struct diag *diag)
{
    size_t cell;
    const char *id = document_text(old, "id");
    if (find_cell(document, id, hint, &cell) < 0) {
        return diag_set(diag, -EINVAL, "%s: no such cell in this plan", id);
    }
    size_t i;
    json_t *repetition;
    json_array_foreach(json_object_get(old, "repetitions"), i, repetition)
    {
        uint64_t order =
            (uint64_t)json_number_value(json_object_get(repetition, "order"));
        if (document_has(document, cell, order)) {
            continue;
        }
        int r = document_add_repetition(document, cell, json_incref(repetition),
                                        diag);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* What of the two parts makes them unequal apparatus. */
static void warn_unequal(struct document *document, const json_t *old)
{
    const json_t *build = document_part(document, "gilbench");
    if (!json_equal(build, json_object_get(old, "gilbench"))) {
        document_warn(document, "resumed_by_another_build",
                      "some repetitions were measured by another build of "
                      "gilbench",
                      "do not compare cells of this document with each other; "
                      "run again with --force");
    }
    const json_t *here =
        json_object_get(document_part(document, "context"), "topology");
    const json_t *there =
        json_object_get(json_object_get(old, "context"), "topology");
    if (strcmp(document_text(here, "digest"), document_text(there, "digest")) !=
        0) {
        document_warn(document, "resumed_on_another_machine",
                      "some repetitions were measured on another machine",
                      "do not compare cells of this document with each other; "
                      "run again with --force");
    }
}

int document_adopt(struct document *document, const json_t *old,
                   struct diag *diag)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(old, "cells"), i, cell)
    {
        int r = adopt_cell(document, cell, i, diag);
        if (r < 0) {
            return r;
        }
    }
    const json_t *warning;
    json_array_foreach(json_object_get(old, "warnings"), i, warning)
    {
        const char *code = document_text(warning, "code");
        if (strcmp(code, "interrupted") != 0) { /* no longer true */
            document_warn(
                document, code, document_text(warning, "message"),
                json_string_value(json_object_get(warning, "advice")));
        }
    }
    warn_unequal(document, old);
    return 0;
}
