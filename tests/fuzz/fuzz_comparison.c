/* SPDX-License-Identifier: MIT */
/*
 * Whatever a file holds, reading it as a comparison ends with 0 or with
 * -EINVAL and one line; what was approved of can be judged and told in every
 * form, twice the same, without a byte by which a terminal could be talked
 * into more. See driver.c for how this runs.
 */
#undef NDEBUG
#include "bench/command.h"
#include "bench/compare.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All forms in one text; the caller frees. */
static char *tell(const json_t *document)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    compare_write_text(document, false, out);
    compare_write_markdown(document, out);
    compare_write_junit(document, out);
    must(fclose(out) == 0);
    for (const char *c = text; *c; c++) {
        assert((unsigned char)*c >= 0x20 || *c == '\n');
    }
    return text;
}

static void judge(json_t *document)
{
    compare_judge(document);
    _cleanup_(free_p) char *once = tell(document);
    int code = compare_exit_code(document);
    assert(code == EXIT_FINE || code == EXIT_SLOWER || code == EXIT_UNCLEAR ||
           code == EXIT_CELL_FAILED);
    compare_judge(document);
    _cleanup_(free_p) char *twice = tell(document);
    assert(strcmp(once, twice) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    _cleanup_(close_p) int fd = memfd_create("comparison", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    must(lseek(fd, 0, SEEK_SET) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct diag diag = {{0}};
    _cleanup_(json_decref_p) json_t *json = NULL;
    int r = document_read_json(path, &json, &diag);
    r = r < 0 ? r : compare_document_check(json, path, true, &diag);
    assert(r == 0 || (r == -EINVAL && *diag.text));
    assert(!strchr(diag.text, '\n'));
    /* Its verdicts need not be right to be judged again. */
    if (json && compare_document_check(json, path, false, &diag) == 0) {
        free(tell(json));
        judge(json);
    }
    return 0;
}
