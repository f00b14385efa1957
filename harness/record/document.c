/* SPDX-License-Identifier: MIT */
#include "harness/record/document.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"
#include "harness/record/schemas.h"
#include "harness/record/summary.h"

#include <errno.h>
#include <string.h>

struct document *document_new(const char *path, json_t *gilbench,
                              json_t *context, json_t *plan)
{
    struct document *document = must_calloc(1, sizeof(*document));
    document->path = path ? strdup(path) : NULL;
    must(!path || document->path);
    document->parts = json_pack("{so so so}", "gilbench", gilbench, "context",
                                context, "plan", plan);
    document->warnings = json_array();
    document->schema = schemas_load("result.json");
    document->journal.fd = -1;
    must(document->parts && document->warnings);
    return document;
}

void document_free(struct document *document)
{
    if (!document) {
        return;
    }
    for (size_t i = 0; i < document->n; i++) {
        struct document_cell *cell = &document->cells[i];
        json_decref(cell->json);
        text_deinit(&cell->head);
        text_deinit(&cell->repetitions);
        text_deinit(&cell->tail);
        summary_free(cell->collected);
        json_decref(cell->summary);
        free(cell->orders);
    }
    free(document->cells);
    json_decref(document->parts);
    json_decref(document->warnings);
    json_schema_free(document->schema);
    document_journal_deinit(document);
    free(document->path);
    free(document);
}

static struct document_cell *cell_at(const struct document *document,
                                     size_t cell)
{
    must(cell < document->n);
    return &document->cells[cell];
}

static void set_status(struct document_cell *cell, const char *status,
                       const char *reason)
{
    json_object_set_new(cell->json, "status", json_text(status));
    json_object_set_new(cell->json, "reason", json_text(reason));
    cell->head.size = 0;
}

size_t document_add_cell(struct document *document, json_t *cell)
{
    document->cells = reallocarray(document->cells, document->n + 1,
                                   sizeof(*document->cells));
    must(document->cells && cell);
    document->cells[document->n] = (struct document_cell){
        .json = cell,
        .collected = summary_new(),
        .summary = json_object(),
    };
    set_status(&document->cells[document->n], "skipped", "not run");
    return document->n++;
}

void document_skip(struct document *document, size_t cell, const char *reason)
{
    set_status(cell_at(document, cell), "skipped", reason);
}

void document_set(struct document *document, size_t cell, const char *key,
                  json_t *value)
{
    struct document_cell *to = cell_at(document, cell);
    must(json_object_set_new(to->json, key, value) == 0);
    to->head.size = 0;
}

static int append_json(const char *data, size_t size, void *arg)
{
    text_append(arg, data, size);
    return 0;
}

void document_add_json(struct text *text, const json_t *json)
{
    must(json_dump_callback(json, append_json, text, JSON_DOCUMENT_FLAGS) == 0);
}

/* The cell's status: ok until the first repetition that is not. */
static void count_repetition(struct document_cell *cell,
                             const json_t *repetition)
{
    const char *status = document_text(repetition, "status");
    if (cell->n == 0 ||
        (strcmp(status, "ok") != 0 &&
         strcmp(document_text(cell->json, "status"), "ok") == 0)) {
        set_status(cell, status,
                   json_string_value(json_object_get(repetition, "reason")));
    }
    double order = json_number_value(json_object_get(repetition, "order"));
    cell->orders =
        reallocarray(cell->orders, cell->n + 1, sizeof(*cell->orders));
    must(cell->orders != NULL);
    cell->orders[cell->n++] = (uint64_t)order;
}

int document_add_repetition(struct document *document, size_t cell,
                            json_t *repetition, struct diag *diag)
{
    struct document_cell *to = cell_at(document, cell);
    _cleanup_(json_decref_p) json_t *owned = repetition;
    int r = json_schema_check(document->schema, "repetition", owned, diag);
    if (r == 0 && summary_add(to->collected, owned) < 0) {
        r = diag_set(diag, -EINVAL, "a histogram with unknown buckets");
    }
    if (r < 0) {
        return diag_prefix(diag, r, "%s: bad repetition",
                           document_text(to->json, "id"));
    }
    text_add(&to->repetitions, to->n > 0 ? ",\n" : "\n");
    size_t begin = to->repetitions.size;
    document_add_json(&to->repetitions, owned);
    document_journal_line(document, document_text(to->json, "id"),
                          to->repetitions.data + begin,
                          to->repetitions.size - begin);
    count_repetition(to, owned);
    json_decref(to->summary);
    to->summary = summary_to_json(to->collected);
    to->tail.size = 0;
    return 0;
}

void document_warn(struct document *document, const char *code,
                   const char *message, const char *advice)
{
    json_t *warning =
        json_pack("{so so so}", "code", json_text(code), "message",
                  json_text(message), "advice", json_text(advice));
    must(warning != NULL);
    size_t i;
    const json_t *known;
    json_array_foreach(document->warnings, i, known)
    {
        if (json_equal(known, warning)) {
            json_decref(warning);
            return;
        }
    }
    json_array_append_new(document->warnings, warning);
}

bool document_has(const struct document *document, size_t cell, uint64_t order)
{
    const struct document_cell *in = cell_at(document, cell);
    for (size_t i = 0; i < in->n; i++) {
        if (in->orders[i] == order) {
            return true;
        }
    }
    return false;
}

size_t document_cells(const struct document *document)
{
    return document->n;
}

const json_t *document_cell(const struct document *document, size_t cell)
{
    return cell_at(document, cell)->json;
}

const char *document_status(const struct document *document, size_t cell)
{
    return document_text(document_cell(document, cell), "status");
}

size_t document_repetitions(const struct document *document, size_t cell)
{
    return cell_at(document, cell)->n;
}

const json_t *document_summary(const struct document *document, size_t cell)
{
    return cell_at(document, cell)->summary;
}

const json_t *document_warnings(const struct document *document)
{
    return document->warnings;
}

const json_t *document_part(const struct document *document, const char *name)
{
    return json_object_get(document->parts, name);
}
