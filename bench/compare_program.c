/* SPDX-License-Identifier: MIT */
/* The program of a side: where it is, what it says of itself, whether it is
 * still the same. */
#include "bench/compare_side.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/cell/runner.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define VERSION_TIMEOUT_S 10.0

static int find_program(struct compare_side *side, struct diag *diag)
{
    char path[PATH_MAX];
    char own[PATH_MAX];
    struct stat this_program;
    must(realpath("/proc/self/exe", own) != NULL);
    if (!realpath(side->program ? side->program : own, path)) {
        return diag_set(diag, -EINVAL, "--%s %.500s: %s", side->role,
                        side->program, strerror(errno));
    }
    free(side->program);
    side->program = strdup(path);
    must(side->program != NULL);
    must(stat("/proc/self/exe", &this_program) == 0);
    if (stat(path, &side->identity) < 0 ||
        (!S_ISREG(side->identity.st_mode) && (errno = EISDIR)) ||
        access(path, X_OK) < 0) {
        return diag_set(diag, -EINVAL, "--%s %.500s: cannot be run: %s%s",
                        side->role, path, strerror(errno),
                        errno == EACCES
                            ? "; a side is a program, and stored results are "
                              "for gilbench compare --stored"
                            : "");
    }
    side->is_this = side->identity.st_dev == this_program.st_dev &&
                    side->identity.st_ino == this_program.st_ino;
    return 0;
}

/* Opens and reads it. The digest is FNV-1a: it tells builds apart, it defends
 * against nobody. A script's interpreter has to open it by its name. */
static int hold_file(struct compare_side *side, struct diag *diag)
{
    unsigned char chunk[64 << 10];
    ssize_t n;
    bool script = false;
    side->fd = open(side->program, O_RDONLY | O_CLOEXEC);
    if (side->fd < 0 || fstat(side->fd, &side->identity) < 0) {
        return diag_set(diag, -EINVAL, "--%s: cannot read %.500s: %s",
                        side->role, side->program, strerror(errno));
    }
    side->digest = UINT64_C(0xcbf29ce484222325);
    for (bool first = true; (n = read(side->fd, chunk, sizeof(chunk))) > 0;
         first = false) {
        script =
            script || (first && n >= 2 && chunk[0] == '#' && chunk[1] == '!');
        for (ssize_t i = 0; i < n; i++) {
            side->digest = (side->digest ^ chunk[i]) * UINT64_C(0x100000001b3);
        }
    }
    if (!script) {
        snprintf(side->run, sizeof(side->run), "/proc/self/fd/%d", side->fd);
    }
    return 0;
}

const char *compare_side_path(const struct compare_side *side)
{
    return *side->run ? side->run : side->program;
}

/* "gilbench 0.1.0\ncommit: \"abc\"\n...": what `--version` prints. */
static json_t *parse_version(char *text)
{
    static const char name[] = "gilbench ";
    char *line = strsep(&text, "\n");
    if (strncmp(line, name, sizeof(name) - 1) != 0) {
        return NULL;
    }
    json_t *facts = json_object();
    json_object_set_new(facts, "version", json_text(line + sizeof(name) - 1));
    while ((line = strsep(&text, "\n")) != NULL) {
        char *value = strstr(line, ": ");
        if (!value) {
            continue;
        }
        *value = '\0';
        json_t *json = json_loads(value + 2, JSON_DECODE_ANY, NULL);
        bool known = strcmp(line, "commit") == 0 || !strcmp(line, "dirty") ||
                     !strcmp(line, "compiler") || !strcmp(line, "flags") ||
                     !strcmp(line, "build_type") || !strcmp(line, "sanitizer");
        if (json && known && !json_is_object(json) && !json_is_array(json)) {
            json_object_set(facts, line, json);
        }
        json_decref(json);
    }
    return facts;
}

static int ask_version(struct compare_side *side,
                       const volatile sig_atomic_t *interrupted,
                       struct diag *diag)
{
    struct runner_request request = {.program = compare_side_path(side),
                                     .argument = "--version",
                                     .text = "",
                                     .timeout_s = VERSION_TIMEOUT_S,
                                     .interrupted = interrupted};
    struct runner_outcome outcome;
    int rc = runner_run(&request, &outcome, diag);
    if (rc < 0) {
        return rc;
    }
    if (outcome.status == RUNNER_INTERRUPTED) {
        rc = diag_set(diag, -EINTR, "interrupted");
    } else if (outcome.answer) {
        side->version = parse_version(outcome.answer);
    }
    if (rc == 0 && !side->version) {
        rc = diag_set(diag, -EINVAL,
                      "--%s %.500s: this is not gilbench: --version %s%s",
                      side->role, side->program,
                      outcome.reason ? "ended so: " : "says something else",
                      outcome.reason ? outcome.reason : "");
    }
    runner_outcome_deinit(&outcome);
    return rc;
}

int compare_side_open(struct compare_side *side,
                      const volatile sig_atomic_t *interrupted,
                      struct diag *diag)
{
    int rc = find_program(side, diag);
    rc = rc < 0 ? rc : hold_file(side, diag);
    return rc < 0 ? rc : ask_version(side, interrupted, diag);
}

int compare_side_check_unchanged(const struct compare_side *side,
                                 struct diag *diag)
{
    struct stat now;
    const struct stat *then = &side->identity;
    if (stat(compare_side_path(side), &now) == 0 &&
        now.st_ino == then->st_ino && now.st_dev == then->st_dev &&
        now.st_size == then->st_size &&
        now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == then->st_mtim.tv_nsec) {
        return 0;
    }
    return diag_set(diag, -EPROTO,
                    "--%s %.500s: the program was changed while it was "
                    "measured",
                    side->role, side->program);
}

json_t *compare_side_to_json(const struct compare_side *side)
{
    char digest[17];
    snprintf(digest, sizeof(digest), "%016" PRIx64, side->digest);
    json_t *settings = json_object();
    for (size_t i = 0; i < side->n; i++) {
        json_object_set_new(settings, side->settings[i].key,
                            json_text(side->settings[i].value));
    }
    json_t *json = json_pack(
        "{so so so ss so sO sO}", "given", json_text(side->given), "program",
        json_text(side->program), "this_program", json_boolean(side->is_this),
        "digest", digest, "settings", settings, "gilbench", side->version,
        "unknown_params", side->unknown);
    must(json != NULL);
    return json;
}
