/* SPDX-License-Identifier: MIT */
/*
 * The journal stands beside a document that is too large to be written anew
 * after every repetition: PATH.journal, one JSON object a line. The first
 * names the document it belongs to (digest, shard, seed, date), each other one
 * is a repetition with its cell's id. A line that a kill has cut short is the
 * repetition in flight. The next full save makes all of it superfluous and
 * removes it; should a kill come between the two, the lines are there twice,
 * which is once (a repetition is known by its order).
 */
#include "harness/base/cleanup.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char *journal_path(const char *path)
{
    char *journal = NULL;
    must(asprintf(&journal, "%s.journal", path) > 0);
    return journal;
}

/* What must agree for a journal to be a document's. */
static json_t *identity(const json_t *plan, const json_t *context)
{
    json_t *json = json_pack(
        "{ss ss sO ss}", "digest", document_text(plan, "digest"), "shard",
        document_text(plan, "shard"), "seed", json_object_get(plan, "seed"),
        "date", document_text(context, "date"));
    must(json != NULL);
    return json;
}

void document_journal_line(struct document *document, const char *id,
                           const char *repetition, size_t size)
{
    if (!document->path) {
        return;
    }
    struct text *pending = &document->journal.pending;
    json_t *head = json_pack("{so}", "cell", json_text(id));
    must(head != NULL);
    document_add_json(pending, head);
    json_decref(head);
    pending->size--; /* the brace: more follows */
    text_add(pending, ",\"repetition\":");
    text_append(pending, repetition, size);
    text_add(pending, "}\n");
}

static int open_journal(const struct document *document, const char *path,
                        struct text *head)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    json_t *json = identity(document_part(document, "plan"),
                            document_part(document, "context"));
    document_add_json(head, json);
    text_add(head, "\n");
    json_decref(json);
    return fd < 0 ? -errno : fd;
}

static int write_text(int fd, const struct text *text)
{
    size_t done = 0;
    while (done < text->size) {
        ssize_t n = write(fd, text->data + done, text->size - done);
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int document_journal_write(struct document *document, struct diag *diag)
{
    struct document_journal *journal = &document->journal;
    _cleanup_(free_p) char *path = journal_path(document->path);
    _cleanup_(text_deinit) struct text head = {0};
    if (journal->fd < 0) {
        journal->fd = open_journal(document, path, &head);
    }
    int r = journal->fd < 0 ? journal->fd : write_text(journal->fd, &head);
    r = r < 0 ? r : write_text(journal->fd, &journal->pending);
    journal->pending.size = 0;
    return r < 0 ? diag_set(diag, -EINVAL, "cannot write %s: %s", path,
                            strerror(-r))
                 : 0;
}

void document_journal_drop(struct document *document)
{
    struct document_journal *journal = &document->journal;
    _cleanup_(free_p) char *path = journal_path(document->path);
    close_p(&journal->fd);
    journal->fd = -1;
    journal->pending.size = 0;
    unlink(path); /* also one that an earlier run left */
}

void document_journal_deinit(struct document *document)
{
    close_p(&document->journal.fd);
    text_deinit(&document->journal.pending);
}

/* The array that a repetition belongs into, if it is not there yet. */
static json_t *place_for(const json_t *document, const char *id, double order)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (strcmp(document_text(cell, "id"), id) != 0) {
            continue;
        }
        json_t *repetitions = json_object_get(cell, "repetitions");
        size_t k;
        const json_t *known;
        json_array_foreach(repetitions, k, known)
        {
            if (json_number_value(json_object_get(known, "order")) == order) {
                return NULL;
            }
        }
        return repetitions;
    }
    return NULL;
}

/* False: the end, or a line that a kill has cut short. */
static bool replay_line(FILE *file, json_t **ret)
{
    _cleanup_(free_p) char *line = NULL;
    size_t capacity = 0;
    ssize_t n = getline(&line, &capacity, file);
    *ret = n > 0 ? json_loadb(line, (size_t)n, 0, NULL) : NULL;
    return *ret != NULL;
}

void document_journal_replay(const char *path, json_t *document)
{
    _cleanup_(free_p) char *name = journal_path(path);
    _cleanup_(fclose_p) FILE *file = fopen(name, "re");
    json_t *line = NULL;
    if (!file || !replay_line(file, &line)) {
        return;
    }
    json_t *expected = identity(json_object_get(document, "plan"),
                                json_object_get(document, "context"));
    bool ours = json_equal(line, expected);
    json_decref(expected);
    json_decref(line);
    while (ours && replay_line(file, &line)) {
        json_t *repetition = json_object_get(line, "repetition");
        json_t *to =
            place_for(document, document_text(line, "cell"),
                      json_number_value(json_object_get(repetition, "order")));
        if (to) {
            json_array_append(to, repetition);
        }
        json_decref(line);
    }
}
