/* SPDX-License-Identifier: MIT */
/* Shared by the files behind document.h. */
#pragma once

#include "harness/base/text.h"
#include "harness/record/document.h"
#include "harness/record/json_schema.h"
#include "harness/record/summary.h"

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

/* What came after the last full save; see document_journal.c. */
struct document_journal {
    struct text pending; /* lines that are not in the file yet */
    int fd;              /* -1: there is no file */
};

struct document {
    char *path;
    json_t *parts; /* gilbench, context, plan */
    json_t *warnings;
    struct json_schema *schema;
    struct document_cell *cells;
    size_t n;
    bool checked;       /* all but the repetitions, once */
    size_t size;        /* of the last full save */
    uint64_t synced_ns; /* when a full save last reached the disk */
    struct document_journal journal;
};

/* "gilbench", "context" or "plan" of a growing document; borrowed. */
const json_t *document_part(const struct document *document, const char *name);

void document_add_json(struct text *text, const json_t *json);

/* Notes a repetition, as text, that the next save has to keep. */
void document_journal_line(struct document *document, const char *id,
                           const char *repetition, size_t size);
/* Writes what was noted; -EINVAL: cannot be written. */
int document_journal_write(struct document *document, struct diag *diag);
/* All of it is in the document now. */
void document_journal_drop(struct document *document);
void document_journal_deinit(struct document *document);

/* Adds to a loaded document what the journal beside it has, if it is this
 * document's. */
void document_journal_replay(const char *path, json_t *document);

static inline const char *document_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
