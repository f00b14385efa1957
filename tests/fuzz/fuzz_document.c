/* SPDX-License-Identifier: MIT */
/*
 * Whatever a file holds, reading it as a result document or as a plan ends
 * with 0 or with -EINVAL and one line, and what was approved of can be
 * resumed from. See driver.c for how this runs.
 */
#undef NDEBUG
#include "bench/plan.h"
#include "harness/base/cleanup.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_line(int r, const struct diag *diag)
{
    assert(r == 0 || r == -EINVAL);
    assert(r == 0 || *diag->text);
    assert(!strchr(diag->text, '\n'));
}

static void as_result(const char *path, const json_t *json)
{
    struct diag diag = {{0}};
    int r = document_check(json, path, &diag);
    r = r < 0 ? r : document_check_meaning(json, path, &diag);
    one_line(r, &diag);
    json_t *old = NULL;
    uint64_t seed = 0;
    if (r == 0) {
        r = document_resume(path, json_object_get(json, "plan"), &old, &seed,
                            &diag);
        one_line(r, &diag);
        json_decref(old);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    _cleanup_(close_p) int fd = memfd_create("document", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    must(lseek(fd, 0, SEEK_SET) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct diag diag = {{0}};
    _cleanup_(json_decref_p) json_t *json = NULL;
    int r = document_read_json(path, &json, &diag);
    one_line(r, &diag);
    if (r == 0) {
        as_result(path, json);
        r = plan_check(json, path, &diag);
        one_line(r, &diag);
    }
    return 0;
}
