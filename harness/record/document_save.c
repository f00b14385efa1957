/* SPDX-License-Identifier: MIT */
#include "harness/base/atomic_file.h"
#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <string.h>

/* The cell as text; only what has changed is made anew. */
static void add_cell(struct text *text, struct document_cell *cell)
{
    if (cell->head.size == 0) {
        document_add_json(&cell->head, cell->json);
        cell->head.size--; /* the brace: more follows */
        text_add(&cell->head, ",\"repetitions\":[");
    }
    if (cell->tail.size == 0) {
        text_add(&cell->tail, "],\n\"summary\":");
        document_add_json(&cell->tail, cell->summary);
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
        document_add_json(text, document_part(document, parts[i]));
    }
    text_add(text, ",\n\"cells\":[");
    for (size_t i = 0; i < document->n; i++) {
        text_add(text, i > 0 ? ",\n" : "\n");
        add_cell(text, &document->cells[i]);
    }
    text_add(text, "],\n\"warnings\":");
    document_add_json(text, document->warnings);
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
    document->checked = r == 0;
    return r < 0 ? diag_prefix(diag, -EPROTO, "internal error: the document")
                 : 0;
}

static int render(struct document *document, struct text *text,
                  struct diag *diag)
{
    add_document(text, document);
    return document->checked ? 0 : check_first(document, text, diag);
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
    if (r < 0) {
        return -EINVAL; /* exit code 2: the place is the user's choice */
    }
    document->size = text.size;
    document->synced_ns = durable ? clock_now_ns() : document->synced_ns;
    document_journal_drop(document);
    return 0;
}

int document_save(struct document *document, struct diag *diag)
{
    if (!document->path || atomic_file_is_special(document->path)) {
        document->journal.pending.size = 0;
        return 0;
    }
    bool due =
        clock_now_ns() - document->synced_ns >= DOCUMENT_SYNC_S * NS_PER_S;
    if (document->size > DOCUMENT_SMALL_BYTES && !due) {
        return document_journal_write(document, diag);
    }
    return save(document, due, diag);
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
