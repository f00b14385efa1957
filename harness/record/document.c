/* SPDX-License-Identifier: MIT */
#include "harness/record/document.h"

#include "harness/base/atomic_file.h"
#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/base/text.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"
#include "harness/record/schemas.h"
#include "harness/record/summary.h"

#include <errno.h>
#include <string.h>

struct document_cell {
    json_t *json;            /* all but repetitions and summary */
    struct text head;        /* the same as text; empty: to be made */
    struct text repetitions; /* one a line */
    struct text tail;        /* the summary */
    struct summary *collected;
    json_t *summary;
    uint64_t *orders;
    size_t n;
};

struct document {
    char *path;
    json_t *parts; /* gilbench, context, plan */
    json_t *warnings;
    struct json_schema *schema;
    struct document_cell *cells;
    size_t n;
    bool saved; /* at least once: the parts have been checked */
    uint64_t synced_ns;
};

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

static void text_add_json(struct text *text, const json_t *json)
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
    text_add_json(&to->repetitions, owned);
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

/* The cell as text; only what has changed is made anew. */
static void add_cell(struct text *text, struct document_cell *cell)
{
    if (cell->head.size == 0) {
        text_add_json(&cell->head, cell->json);
        cell->head.size--; /* the brace: more follows */
        text_add(&cell->head, ",\"repetitions\":[");
    }
    if (cell->tail.size == 0) {
        text_add(&cell->tail, "],\n\"summary\":");
        text_add_json(&cell->tail, cell->summary);
        text_add(&cell->tail, "}");
    }
    text_append(text, cell->head.data, cell->head.size);
    text_append(text, cell->repetitions.data, cell->repetitions.size);
    text_append(text, cell->tail.data, cell->tail.size);
}

static void add_document(struct text *text, const struct document *document)
{
    static const char *const parts[] = {"gilbench", "context", "plan"};
    text_add(text, "{\"schema_version\":1");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        text_add(text, ",\n\"");
        text_add(text, parts[i]);
        text_add(text, "\":");
        text_add_json(text, document_part(document, parts[i]));
    }
    text_add(text, ",\n\"cells\":[");
    for (size_t i = 0; i < document->n; i++) {
        text_add(text, i > 0 ? ",\n" : "\n");
        add_cell(text, &document->cells[i]);
    }
    text_add(text, "],\n\"warnings\":");
    text_add_json(text, document->warnings);
    text_add(text, "}\n");
}

/* Repetitions are checked one by one; all the rest once, before anything is
 * measured. What fails here is a bug of ours. */
static int check_first(struct document *document, const struct text *text,
                       struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *json =
        json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, NULL);
    must(json != NULL);
    int r = json_schema_check(document->schema, NULL, json, diag);
    document->saved = r == 0;
    return r < 0 ? diag_prefix(diag, -EPROTO, "internal error: the document")
                 : 0;
}

static int render(struct document *document, struct text *text,
                  struct diag *diag)
{
    add_document(text, document);
    return document->saved ? 0 : check_first(document, text, diag);
}

static int save(struct document *document, bool durable, struct diag *diag)
{
    _cleanup_(text_deinit) struct text text = {0};
    _cleanup_(atomic_file_discard) struct atomic_file file = {.fd = -1};
    int r = render(document, &text, diag);
    if (r < 0) {
        return r;
    }
    r = atomic_file_open(document->path, &file, diag);
    if (r == 0) {
        r = atomic_file_write(&file, text.data, text.size, diag);
    }
    if (r == 0) {
        r = atomic_file_commit(&file, durable, diag);
    }
    return r < 0 ? -EINVAL : 0; /* exit code 2: the place is the user's */
}

int document_save(struct document *document, struct diag *diag)
{
    if (!document->path || atomic_file_is_special(document->path)) {
        return 0;
    }
    uint64_t now_ns = clock_now_ns();
    bool durable = !document->saved ||
                   now_ns - document->synced_ns >= DOCUMENT_SYNC_S * NS_PER_S;
    if (durable) {
        document->synced_ns = now_ns;
    }
    return save(document, durable, diag);
}

int document_finish(struct document *document, struct diag *diag)
{
    return document->path ? save(document, true, diag) : 0;
}

int document_write(struct document *document, FILE *file, struct diag *diag)
{
    _cleanup_(text_deinit) struct text text = {0};
    int r = render(document, &text, diag);
    if (r < 0) {
        return r;
    }
    if (fwrite(text.data, 1, text.size, file) != text.size ||
        fflush(file) != 0) {
        return diag_set(diag, -EINVAL, "cannot write the document: %s",
                        strerror(errno));
    }
    return 0;
}
