/* SPDX-License-Identifier: MIT */
/*
 * The result document: reading one, and writing one while it grows.
 *
 * A run saves after every repetition, so that a killed one loses at most the
 * repetition in flight. The document keeps the text of every repetition it was
 * given, so that saving is joining texts, one write aside and a rename: 1 ms a
 * megabyte. Every DOCUMENT_SYNC_S seconds it waits for the disk as well.
 *
 * Above DOCUMENT_SMALL_BYTES (thousands of repetitions) what the kernel then
 * writes to the disk would disturb the next repetition, so the file is renewed
 * only every DOCUMENT_SYNC_S seconds, and a journal beside it keeps what came
 * in between (document_journal.c) for --resume.
 *
 * One repetition stands on one line, so that a document can be searched and
 * compared with line tools.
 */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DOCUMENT_SCHEMA_VERSION 1
#define DOCUMENT_SYNC_S         2
#define DOCUMENT_SMALL_BYTES    (2u << 20)

/* What is refused as input: more than this is no document of ours, and
 * reading it would take more memory than it is worth (32 bytes a value). */
#define DOCUMENT_MAX_BYTES  (128u << 20)
#define DOCUMENT_MAX_VALUES (16u << 20)

/* --- reading --- */

/*
 * Reads a file of JSON within these limits. -EINVAL: no such file, not JSON,
 * cut short, too large, nested too deeply; the one line says which and where.
 */
int document_read_json(const char *path, json_t **ret, struct diag *diag);

/* The `schema_version` of a document or a plan is the one we read. */
int document_check_version(const json_t *json, const char *path,
                           struct diag *diag);

/* Checks `schema_version` and the schema; `path` is for messages. */
int document_check(const json_t *json, const char *path, struct diag *diag);

/* Both: a result document that keeps to the schema. Numbers are to be read
 * with json_number_value(): as the standard has it, 5.0 is an integer. */
int document_load(const char *path, json_t **ret, struct diag *diag);

/* Checks what a schema cannot say: unique ids, intervals in order, counts
 * that agree. For a document that passed document_check(). */
int document_check_meaning(const json_t *json, const char *path,
                           struct diag *diag);

/* --- writing --- */

struct document;

/* A new document. `path` NULL: it stays in memory until document_write().
 * Takes over the three objects (see the schema's gilbench, context, plan). */
struct document *document_new(const char *path, json_t *gilbench,
                              json_t *context, json_t *plan);
void document_free(struct document *document);

/*
 * Adds a cell in plan order and returns its index. Takes over `cell`, which
 * has the schema's keys from "id" to "generator_pu"; "status", "reason",
 * "repetitions" and "summary" are kept here. A cell without repetitions is
 * "skipped" with the reason "not run"; with them it is "ok", or what the first
 * repetition that is not ok was.
 */
size_t document_add_cell(struct document *document, json_t *cell);

/* Skips a cell, with the reason. */
void document_skip(struct document *document, size_t cell, const char *reason);

/* Sets another key of a cell, such as "bindings"; takes over `value`. */
void document_set(struct document *document, size_t cell, const char *key,
                  json_t *value);

/* Adds a repetition (taken over, also on failure) and renews the summary.
 * -EINVAL: it is not what the schema says; programs that speak the cell
 * protocol may be anybody's. */
int document_add_repetition(struct document *document, size_t cell,
                            json_t *repetition, struct diag *diag);

/* Adds a warning, once. `advice` may be NULL. */
void document_warn(struct document *document, const char *code,
                   const char *message, const char *advice);

/* Is the repetition at this position of the run's order there? */
bool document_has(const struct document *document, size_t cell, uint64_t order);

size_t document_cells(const struct document *document);
/* The cell without repetitions and summary; borrowed, valid until changed. */
const json_t *document_cell(const struct document *document, size_t cell);
const char *document_status(const struct document *document, size_t cell);
size_t document_repetitions(const struct document *document, size_t cell);
/* The cell's summary by metric; borrowed, valid until the next repetition. */
const json_t *document_summary(const struct document *document, size_t cell);
const json_t *document_warnings(const struct document *document);

/* Saves to the path, if there is one and it is a regular file (or will be).
 * -EINVAL: could not be written; what was saved before is still there. */
int document_save(struct document *document, struct diag *diag);
/* The last save: in full, to the path whatever it is. */
int document_finish(struct document *document, struct diag *diag);
/* Writes the text to a stream. -EINVAL: could not be written. */
int document_write(struct document *document, FILE *file, struct diag *diag);

/* --- going on --- */

/*
 * Reads the document that a run is to be continued from. 0: `ret` is it and
 * `ret_seed` the seed of its order, which must be used again; -ENOENT: no such
 * file, start afresh; -EINVAL: unreadable, or `plan` (see document_new) has
 * another digest or shard.
 */
int document_resume(const char *path, const json_t *plan, json_t **ret,
                    uint64_t *ret_seed, struct diag *diag);

/*
 * Takes the repetitions of such a document into one that has the same cells
 * and lacks repetitions; lost ones (failed, timed out) are taken as well. Its
 * warnings are kept; parts measured by another build or on another machine
 * add one.
 */
int document_adopt(struct document *document, const json_t *old,
                   struct diag *diag);
