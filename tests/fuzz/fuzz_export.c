/* SPDX-License-Identifier: MIT */
/*
 * Whatever a document holds that keeps to the schema, all formats can be
 * written from it, it becomes a line of a history and advice can be taken from
 * it; and whatever a history holds, reading it ends with 0 or with -EINVAL and
 * one line. See driver.c for how this runs.
 */
#undef NDEBUG
#include "bench/advise.h"
#include "bench/history.h"
#include "exports/export.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_exports(const json_t *document, FILE *out)
{
    const json_t *cells = json_object_get(document, "cells");
    struct export_set set = {.document = document};
    set.cells = must_calloc(json_array_size(cells) + 1, sizeof(*set.cells));
    size_t i;
    const json_t *cell;
    json_array_foreach(cells, i, cell)
    {
        struct export_metric step;
        if (export_step_s(cell, &step) && export_repetition(cell, 0)) {
            set.cells[set.n++] = cell;
        }
    }
    for (i = 0; export_formats[i]; i++) {
        struct diag diag = {{0}};
        int rc = export_formats[i]->write(&set, 0, out, &diag);
        assert(rc == 0 || (rc == -EINVAL && *diag.text));
    }
    free(set.cells);
}

static void as_document(const json_t *json, FILE *out)
{
    struct diag diag = {{0}};
    if (document_check(json, "fuzz", &diag) < 0) {
        return;
    }
    as_exports(json, out);
    json_decref(history_line(json));
    const struct advise_service service = {
        .cpu_us = 100, .wait_us = 900, .concurrency = 16};
    struct advice advice;
    if (advise_read(json, &service, &advice, &diag) == 0) {
        advise_write_text(&advice, out);
        json_decref(advise_to_json(&advice));
    }
}

static void as_history(const uint8_t *data, size_t size)
{
    struct diag diag = {{0}};
    char path[64];
    _cleanup_(close_p) int fd = memfd_create("history", 0);
    _cleanup_(json_decref_p) json_t *lines = NULL;
    size_t torn = 0;
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int rc = history_read(path, &lines, &torn, &diag);
    assert(rc == 0 || (rc == -EINVAL && *diag.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *out = fopen("/dev/null", "we");
    assert(out);
    _cleanup_(json_decref_p) json_t *json =
        json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (json) {
        as_document(json, out);
    }
    as_history(data, size);
    assert(fclose(out) == 0);
    return 0;
}
