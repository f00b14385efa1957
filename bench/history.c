/* SPDX-License-Identifier: MIT */
#include "bench/history.h"

#include "harness/base/atomic_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/context.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

const struct history_metric history_metrics[] = {
    {"steps_per_s", "1/s", true},
    {"background_steps_per_s", "1/s", true},
    {"cpu_ns_per_step", "ns", false},
    {"latency_p50_ns", "ns", false},
    {"latency_p99_ns", "ns", false},
    {"rss_bytes_per_task", "bytes", false},
    {0},
};

static json_t *fact(const json_t *document, const char *object, const char *key)
{
    json_t *value = json_object_get(json_object_get(document, object), key);
    return value ? json_incref(value) : json_null();
}

/* [median, low, high, n], bounds null where there are none. */
static json_t *figures_of(const json_t *summary)
{
    json_t *figures = json_object();
    for (size_t i = 0; history_metrics[i].name; i++) {
        const json_t *metric =
            json_object_get(summary, history_metrics[i].name);
        if (json_is_number(json_object_get(metric, "median"))) {
            json_t *figure = json_pack(
                "[O O O O]", json_object_get(metric, "median"),
                json_object_get(metric, "low"), json_object_get(metric, "high"),
                json_object_get(metric, "n"));
            must(figure != NULL);
            json_object_set_new(figures, history_metrics[i].name, figure);
        }
    }
    return figures;
}

static json_t *cells_of(const json_t *document)
{
    json_t *cells = json_object();
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        const char *id = json_string_value(json_object_get(cell, "id"));
        double version =
            json_number_value(json_object_get(cell, "workload_version"));
        json_t *figures = figures_of(json_object_get(cell, "summary"));
        char *name = NULL;
        must(asprintf(&name, "%s/version=%.0f", id, version) > 0);
        if (json_object_size(figures) > 0) {
            json_object_set(cells, name, figures);
        }
        json_decref(figures);
        free(name);
    }
    return cells;
}

json_t *history_line(const json_t *document)
{
    json_t *line =
        json_pack("{si so so so so so so so so so}", "history_version",
                  HISTORY_VERSION, "date", fact(document, "context", "date"),
                  "host", fact(document, "context", "host"), "kernel",
                  fact(document, "context", "kernel"), "machine",
                  context_machine(json_object_get(document, "context")),
                  "version", fact(document, "gilbench", "version"), "commit",
                  fact(document, "gilbench", "commit"), "dirty",
                  fact(document, "gilbench", "dirty"), "plan",
                  fact(document, "plan", "name"), "cells", cells_of(document));
    must(line != NULL);
    return line;
}

/* Opens it and waits for the lock; a file that was replaced meanwhile (prune)
 * is opened anew. */
static int open_locked(const char *path, int flags, struct diag *diag)
{
    for (;;) {
        struct stat mine;
        struct stat there;
        int fd = open(path, flags | O_CLOEXEC, 0666);
        if (fd < 0 || flock(fd, LOCK_EX) < 0) {
            int error = errno;
            if (fd >= 0) {
                close(fd);
            }
            return diag_set(diag, -EINVAL, "cannot open %s: %s", path,
                            strerror(error));
        }
        if (fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
            mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) {
            return fd;
        }
        close(fd);
    }
}

/* True: the file does not end with a whole line. */
static bool is_torn(int fd)
{
    struct stat stat;
    char last = '\n';
    return fstat(fd, &stat) == 0 && stat.st_size > 0 &&
           pread(fd, &last, 1, stat.st_size - 1) == 1 && last != '\n';
}

int history_append(const char *path, const json_t *line, struct diag *diag)
{
    _cleanup_(free_p) char *json = json_dumps(line, JSON_DOCUMENT_FLAGS);
    _cleanup_(free_p) char *text = NULL;
    _cleanup_(close_p) int fd =
        open_locked(path, O_RDWR | O_APPEND | O_CREAT, diag);
    if (fd < 0) {
        return fd;
    }
    must(json != NULL);
    int size = asprintf(&text, "%s%s\n", is_torn(fd) ? "\n" : "", json);
    must(size > 0);
    errno = 0;
    ssize_t n = write(fd, text, (size_t)size);
    if (n != size || fsync(fd) < 0) {
        return diag_set(diag, -EINVAL, "cannot write %s: %s", path,
                        strerror(errno ? errno : ENOSPC));
    }
    return 0;
}

/* A line of another program is whole, and not ours to pass over or to drop. */
static int check_version(const json_t *line, const char *path,
                         struct diag *diag)
{
    const json_t *version = json_object_get(line, "history_version");
    if (!json_is_number(version) ||
        json_number_value(version) == HISTORY_VERSION) {
        return 0;
    }
    return diag_set(diag, -EINVAL,
                    "%s has a line of history_version %.9g; this program knows "
                    "%d",
                    path, json_number_value(version), HISTORY_VERSION);
}

static bool is_line(const json_t *json)
{
    return json_is_number(json_object_get(json, "history_version")) &&
           json_is_string(json_object_get(json, "date")) &&
           json_is_object(json_object_get(json, "machine")) &&
           json_is_object(json_object_get(json, "cells"));
}

struct lines {
    const char *path;
    FILE *file;
    char *text; /* the line that was read last */
    size_t room;
    size_t size;
    off_t begin; /* where it begins in the file */
    off_t end;
    size_t torn; /* lines that were passed over */
};

static int lines_open(const char *path, struct lines *ret, struct diag *diag)
{
    *ret = (struct lines){.path = path, .file = fopen(path, "re")};
    return ret->file ? 0
                     : diag_set(diag, -EINVAL, "cannot open %s: %s", path,
                                strerror(errno));
}

static void lines_close(struct lines *lines)
{
    if (lines->file) {
        fclose(lines->file);
    }
    free(lines->text);
}

/* Goes on to the next line of ours; NULL: that was the last. */
static int next_line(struct lines *lines, json_t **ret, struct diag *diag)
{
    ssize_t size;
    *ret = NULL;
    while ((size = getline(&lines->text, &lines->room, lines->file)) > 0) {
        lines->size = (size_t)size;
        lines->begin = lines->end;
        lines->end += size;
        _cleanup_(json_decref_p) json_t *line =
            json_loadb(lines->text, lines->size, JSON_REJECT_DUPLICATES, NULL);
        int rc = check_version(line, lines->path, diag);
        if (rc < 0) {
            return rc;
        }
        if (is_line(line)) {
            *ret = steal(&line);
            return 0;
        }
        lines->torn += strspn(lines->text, " \t\r\n") != lines->size;
    }
    /* Without memory for a line it is neither at the end nor an error. */
    return feof(lines->file) ? 0
                             : diag_set(diag, -EINVAL, "cannot read %s: %s",
                                        lines->path, strerror(errno));
}

static int read_lines(struct lines *lines, json_t *ret, struct diag *diag)
{
    for (;;) {
        json_t *line = NULL;
        int rc = next_line(lines, &line, diag);
        if (rc == 0 && lines->end > (off_t)DOCUMENT_MAX_BYTES) {
            json_decref(line);
            return diag_set(diag, -EINVAL,
                            "%s has more than %u MiB: see gilbench history "
                            "prune",
                            lines->path, DOCUMENT_MAX_BYTES >> 20);
        }
        if (rc < 0 || !line) {
            return rc;
        }
        json_array_append_new(ret, line);
    }
}

int history_read(const char *path, json_t **ret, size_t *ret_torn,
                 struct diag *diag)
{
    _cleanup_(lines_close) struct lines lines;
    _cleanup_(json_decref_p) json_t *all = json_array();
    int rc = lines_open(path, &lines, diag);
    rc = rc < 0 ? rc : read_lines(&lines, all, diag);
    *ret_torn = lines.torn;
    if (rc == 0) {
        *ret = steal(&all);
    }
    return rc;
}

bool history_is_too_large(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 &&
           status.st_size > (off_t)DOCUMENT_MAX_BYTES;
}

/* Where the lines of ours begin. A file that is too large to be read is what
 * prune is for, so no more than one line of it is in memory. */
static int find_lines(struct lines *lines, off_t **ret, size_t *ret_n,
                      struct diag *diag)
{
    for (;;) {
        _cleanup_(json_decref_p) json_t *line = NULL;
        int rc = next_line(lines, &line, diag);
        if (rc < 0 || !line) {
            return rc;
        }
        *ret = realloc(*ret, (*ret_n + 1) * sizeof(**ret));
        must(*ret != NULL);
        (*ret)[(*ret_n)++] = lines->begin;
    }
}

/* As it is, but for a newline that the last one may lack. */
static int copy_line(struct lines *lines, off_t begin, struct atomic_file *file,
                     struct diag *diag)
{
    ssize_t size = -1;
    if (fseeko(lines->file, begin, SEEK_SET) == 0) {
        size = getline(&lines->text, &lines->room, lines->file);
    }
    if (size <= 0) {
        return diag_set(diag, -EINVAL, "cannot read %s: %s", lines->path,
                        strerror(errno));
    }
    int rc = atomic_file_write(file, lines->text, (size_t)size, diag);
    return rc < 0 || lines->text[size - 1] == '\n'
               ? rc
               : atomic_file_write(file, "\n", 1, diag);
}

static int rewrite(struct lines *lines, const off_t *begins, size_t n,
                   struct diag *diag)
{
    struct atomic_file file = {.fd = -1};
    int rc = atomic_file_open(lines->path, &file, diag);
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = copy_line(lines, begins[i], &file, diag);
    }
    rc = rc < 0 ? rc : atomic_file_commit(&file, true, diag);
    atomic_file_discard(&file);
    return rc;
}

int history_prune(const char *path, size_t keep, size_t *ret_dropped,
                  struct diag *diag)
{
    _cleanup_(close_p) int fd = open_locked(path, O_RDWR, diag);
    _cleanup_(lines_close) struct lines lines = {0};
    _cleanup_(free_p) off_t *begins = NULL;
    size_t n = 0;
    if (fd < 0) {
        return fd;
    }
    int rc = lines_open(path, &lines, diag);
    rc = rc < 0 ? rc : find_lines(&lines, &begins, &n, diag);
    if (rc < 0) {
        return rc;
    }
    size_t from = n > keep ? n - keep : 0;
    *ret_dropped = from + lines.torn;
    return *ret_dropped > 0
               ? rewrite(&lines, n ? begins + from : NULL, n - from, diag)
               : 0;
}
