/* SPDX-License-Identifier: MIT */
#include "harness/base/cleanup.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "harness/record/schemas.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct reader {
    int fd;
    int code;   /* of a failed read */
    bool ended; /* the parser wanted more than there is */
    size_t bytes;
    size_t values; /* an upper bound: each needs one of these before it */
};

/* Feeds the parser a piece at a time, so that a file that is refused early is
 * not read to its end. */
static size_t read_piece(void *buffer, size_t size, void *arg)
{
    struct reader *reader = arg;
    ssize_t n;
    do {
        n = read(reader->fd, buffer, size);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        reader->code = -errno;
        return (size_t)-1;
    }
    reader->ended = n == 0;
    reader->bytes += (size_t)n;
    for (const char *c = buffer; c < (const char *)buffer + n; c++) {
        reader->values += *c == ',' || *c == '[' || *c == '{';
    }
    if (reader->bytes > DOCUMENT_MAX_BYTES ||
        reader->values > DOCUMENT_MAX_VALUES) {
        reader->code = -EFBIG;
        return (size_t)-1;
    }
    return (size_t)n;
}

static int parse_failed(const char *path, const struct reader *reader,
                        const json_error_t *error, struct diag *diag)
{
    if (reader->code == -EFBIG) {
        return diag_set(diag, -EINVAL,
                        "%s: too large: documents have at most %u MiB and %u "
                        "million values",
                        path, DOCUMENT_MAX_BYTES >> 20,
                        DOCUMENT_MAX_VALUES >> 20);
    }
    if (reader->code < 0) {
        return diag_set(diag, -EINVAL, "cannot read %s: %s", path,
                        strerror(-reader->code));
    }
    if (reader->bytes == 0) {
        return diag_set(diag, -EINVAL, "%s: the file is empty", path);
    }
    switch (json_error_code(error)) {
    case json_error_premature_end_of_input:
        return diag_set(diag, -EINVAL,
                        "%s: cut short: it ends in line %d in the middle of "
                        "the document",
                        path, error->line);
    case json_error_stack_overflow:
        return diag_set(diag, -EINVAL,
                        "%s: nested too deeply for a document of gilbench",
                        path);
    default:
        return diag_set(diag, -EINVAL, "%s: not JSON%s: line %d, column %d: %s",
                        path, reader->ended ? ", or cut short" : "",
                        error->line, error->column, error->text);
    }
}

int document_read_json(const char *path, json_t **ret, struct diag *diag)
{
    struct reader reader = {.fd = -1};
    _cleanup_(close_p) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return diag_set(diag, -EINVAL, "cannot read %s: %s", path,
                        strerror(errno));
    }
    reader.fd = fd;
    json_error_t error;
    json_t *json =
        json_load_callback(read_piece, &reader, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        return parse_failed(path, &reader, &error, diag);
    }
    *ret = json;
    return 0;
}

int document_check_version(const json_t *json, const char *path,
                           struct diag *diag)
{
    const json_t *version = json_object_get(json, "schema_version");
    if (!version) {
        return diag_set(diag, -EINVAL,
                        "%s: no document of gilbench: \"schema_version\" is "
                        "missing",
                        path);
    }
    double number = json_number_or_nan(version);
    if (number == DOCUMENT_SCHEMA_VERSION) {
        return 0;
    }
    if (number > DOCUMENT_SCHEMA_VERSION) {
        return diag_set(diag, -EINVAL,
                        "%s: schema_version %g is newer than this program, "
                        "which reads version %d; use the gilbench that wrote "
                        "it, or a newer one",
                        path, number, DOCUMENT_SCHEMA_VERSION);
    }
    return diag_set(diag, -EINVAL,
                    "%s: /schema_version: this program reads version %d only",
                    path, DOCUMENT_SCHEMA_VERSION);
}

/* The schema would only name the first key that a run's has and this not. */
static int check_kind(const json_t *json, const char *path, struct diag *diag)
{
    if (json_object_get(json, "plan") || !json_object_get(json, "comparison")) {
        return 0;
    }
    return diag_set(diag, -EINVAL,
                    "%s: this is a comparison, and not the result of a run: "
                    "gilbench compare --from judges it again, and gilbench "
                    "report shows it",
                    path);
}

int document_check(const json_t *json, const char *path, struct diag *diag)
{
    int r = document_check_version(json, path, diag);
    r = r < 0 ? r : check_kind(json, path, diag);
    if (r < 0) {
        return r;
    }
    _cleanup_(json_schema_free_p) struct json_schema *schema =
        schemas_load("result.json");
    r = json_schema_check(schema, NULL, json, diag);
    return r < 0 ? diag_prefix(diag, r, "%s", path) : 0;
}

int document_load(const char *path, json_t **ret, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *json = NULL;
    int r = document_read_json(path, &json, diag);
    if (r < 0) {
        return r;
    }
    r = document_check(json, path, diag);
    if (r < 0) {
        return r;
    }
    *ret = steal(&json);
    return 0;
}
