/* SPDX-License-Identifier: MIT */
#include "bench/merge.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <string.h>

/* A part by the number of its shard, from 0 on. */
struct shard {
    const struct merge_part *part;
    size_t cells;
};

static const char *text_at(const json_t *document, const char *object,
                           const char *key)
{
    const char *text = json_string_value(
        json_object_get(json_object_get(document, object), key));
    return text ? text : "";
}

static int shard_of(const struct merge_part *part, size_t *ret_i, size_t *ret_n,
                    struct diag *diag)
{
    const char *shard = text_at(part->document, "plan", "shard");
    if (sscanf(shard, "%zu/%zu", ret_i, ret_n) != 2 || *ret_i < 1 ||
        *ret_i > *ret_n) {
        return diag_set(diag, -EINVAL,
                        "%s is no shard: it was not made with --shard I/N",
                        part->path);
    }
    return 0;
}

/* All shards of one plan, each once; puts them in order. */
static int sort_shards(const struct merge_part *parts, size_t n,
                       struct shard *ret, struct diag *diag)
{
    const char *digest = text_at(parts[0].document, "plan", "digest");
    for (size_t k = 0; k < n; k++) {
        size_t i;
        size_t of;
        int rc = shard_of(&parts[k], &i, &of, diag);
        if (rc < 0) {
            return rc;
        }
        if (strcmp(digest, text_at(parts[k].document, "plan", "digest")) != 0) {
            return diag_set(diag, -EINVAL,
                            "%s and %s are of different plans or options",
                            parts[0].path, parts[k].path);
        }
        if (of != n) {
            return diag_set(diag, -EINVAL,
                            "%s is a shard of %zu, but %zu file%s given",
                            parts[k].path, of, n, n == 1 ? " is" : "s are");
        }
        if (ret[i - 1].part) {
            return diag_set(diag, -EINVAL, "%s and %s are the same shard",
                            ret[i - 1].part->path, parts[k].path);
        }
        ret[i - 1].part = &parts[k];
        ret[i - 1].cells =
            json_array_size(json_object_get(parts[k].document, "cells"));
    }
    return 0;
}

/* What must agree for cells to be comparable; NULL: all of it does. */
static const char *difference(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"cpu_model", "hypervisor", "governor",
                                       "kernel", "libc"};
    if (!json_equal(json_object_get(a, "gilbench"),
                    json_object_get(b, "gilbench"))) {
        return "build of gilbench";
    }
    const json_t *here =
        json_object_get(json_object_get(a, "context"), "topology");
    const json_t *there =
        json_object_get(json_object_get(b, "context"), "topology");
    if (!json_equal(json_object_get(here, "digest"),
                    json_object_get(there, "digest"))) {
        return "topology";
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (strcmp(text_at(a, "context", keys[i]),
                   text_at(b, "context", keys[i])) != 0) {
            return keys[i];
        }
    }
    return NULL;
}

static void add_warning(json_t *warnings, json_t *warning)
{
    size_t i;
    const json_t *there;
    json_array_foreach(warnings, i, there)
    {
        if (json_equal(json_object_get(there, "code"),
                       json_object_get(warning, "code")) &&
            json_equal(json_object_get(there, "message"),
                       json_object_get(warning, "message"))) {
            return;
        }
    }
    must(json_array_append(warnings, warning) == 0);
}

static void warn(json_t *warnings, const char *code, const char *message,
                 const char *advice)
{
    json_t *warning = json_pack("{ss so ss}", "code", code, "message",
                                json_text(message), "advice", advice);
    must(warning != NULL);
    add_warning(warnings, warning);
    json_decref(warning);
}

static int check_machines(const struct shard *shards, size_t n, bool force,
                          json_t *warnings, struct diag *diag)
{
    const struct merge_part *first = shards[0].part;
    for (size_t k = 1; k < n; k++) {
        const struct merge_part *part = shards[k].part;
        const char *what = difference(first->document, part->document);
        const char *host = text_at(part->document, "context", "host");
        if (what && !force) {
            return diag_set(diag, -EPROTO,
                            "%s and %s are not comparable: another %s; --force "
                            "joins them with a warning",
                            first->path, part->path, what);
        }
        if (what) {
            char message[256];
            snprintf(message, sizeof(message),
                     "shards were measured with another %s", what);
            warn(warnings, "shards_differ", message,
                 "do not compare cells of this document with each other");
        } else if (strcmp(host, text_at(first->document, "context", "host"))) {
            warn(warnings, "several_hosts",
                 "shards were measured on several hosts of the same kind",
                 "compare only cells that one host has measured");
        }
    }
    return 0;
}

/* A position is unique in its shard; now it is in all of them. */
static json_t *move_orders(const json_t *cell, size_t shard, size_t n)
{
    json_t *moved = json_copy((json_t *)cell);
    json_t *repetitions = json_array();
    size_t i;
    const json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        json_t *copy = json_copy((json_t *)repetition);
        double order = json_number_value(json_object_get(copy, "order"));
        json_object_set_new(copy, "order",
                            json_integer((json_int_t)order * (json_int_t)n +
                                         (json_int_t)shard));
        json_array_append_new(repetitions, copy);
    }
    json_object_set_new(moved, "repetitions", repetitions);
    return moved;
}

/* Shard i has the cells i, i + n, i + 2n ... of the plan. */
static json_t *join_cells(const struct shard *shards, size_t n)
{
    json_t *cells = json_array();
    for (size_t row = 0; row < shards[0].cells; row++) {
        for (size_t k = 0; k < n; k++) {
            const json_t *cell = json_array_get(
                json_object_get(shards[k].part->document, "cells"), row);
            if (cell) {
                json_array_append_new(cells, move_orders(cell, k, n));
            }
        }
    }
    return cells;
}

int merge_documents(const struct merge_part *parts, size_t n, bool force,
                    json_t **ret, struct diag *diag)
{
    _cleanup_(free_p) struct shard *shards = must_calloc(n, sizeof(*shards));
    _cleanup_(json_decref_p) json_t *warnings = json_array();
    int rc = sort_shards(parts, n, shards, diag);
    rc = rc < 0 ? rc : check_machines(shards, n, force, warnings, diag);
    if (rc < 0) {
        return rc;
    }
    const json_t *first = shards[0].part->document;
    for (size_t k = 0; k < n; k++) {
        size_t i;
        json_t *warning;
        json_array_foreach(
            json_object_get(shards[k].part->document, "warnings"), i, warning)
        {
            add_warning(warnings, warning);
        }
    }
    json_t *cells = join_cells(shards, n);
    json_t *plan = json_copy(json_object_get(first, "plan"));
    json_object_set_new(plan, "shard", json_null());
    json_object_set_new(plan, "cells",
                        json_integer((json_int_t)json_array_size(cells)));
    *ret = json_pack("{sO sO sO so so sO}", "schema_version",
                     json_object_get(first, "schema_version"), "gilbench",
                     json_object_get(first, "gilbench"), "context",
                     json_object_get(first, "context"), "plan", plan, "cells",
                     cells, "warnings", warnings);
    must(*ret != NULL);
    return 0;
}
