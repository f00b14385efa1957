/* SPDX-License-Identifier: MIT */
#include "bench/option.h"

#include "harness/base/must.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int option_refused(int code, char *const *argv, struct diag *diag)
{
    const char *command = argv[0];
    const char *text = argv[optind - 1];
    if (code == ':') {
        return diag_set(diag, -EINVAL, "%s: %s needs a value", command, text);
    }
    if (optopt > 255) {
        return diag_set(diag, -EINVAL, "%s: %s: this option takes no value",
                        command, text);
    }
    /* Among letters, optind stays where it is while more of them follow. */
    char letter[] = {'-', (char)optopt, '\0'};
    return diag_set(diag, -EINVAL,
                    "%s: no such option: %s; see gilbench %s --help", command,
                    optopt ? letter : text, command);
}

static int parse_number(const char *option, const char *text, uint64_t min,
                        uint64_t max, uint64_t *ret, struct diag *diag)
{
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || errno == ERANGE || n < min ||
        n > max) {
        return diag_set(diag, -EINVAL,
                        "--%s %s: give a whole number from %" PRIu64
                        " to %" PRIu64,
                        option, text, min, max);
    }
    *ret = n;
    return 0;
}

int option_number(const char *option, const char *text, uint64_t max,
                  uint64_t *ret, struct diag *diag)
{
    return parse_number(option, text, 0, max, ret, diag);
}

int option_count(const char *option, const char *text, unsigned max,
                 unsigned *ret, struct diag *diag)
{
    uint64_t n = 0;
    int rc = parse_number(option, text, 1, max, &n, diag);
    *ret = (unsigned)n;
    return rc;
}

int option_permille(const char *option, const char *text, double most,
                    unsigned *ret, struct diag *diag)
{
    char *end = NULL;
    double pct = strtod(text, &end);
    double permille = round(pct * 10.0);
    if (end == text || *end || !(pct > 0.0 && pct <= most) ||
        fabs(permille - pct * 10.0) > 1e-6) {
        return diag_set(diag, -EINVAL,
                        "--%s %.64s: give per cent above 0 and up to %g, in "
                        "steps of 0.1",
                        option, text, most);
    }
    *ret = (unsigned)permille;
    return 0;
}

int option_word(const char *option, const char *text, const char *const *words,
                const char **ret, struct diag *diag)
{
    char list[256] = "";
    size_t used = 0;
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret = words[i];
            return 0;
        }
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                 i ? ", " : "", words[i]);
        must(used < sizeof(list));
    }
    return diag_set(diag, -EINVAL, "--%s %.64s: not one of: %s", option, text,
                    list);
}

int option_seconds(const char *option, const char *text, double *ret,
                   struct diag *diag)
{
    char *end = NULL;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds > 0.0) || seconds > 1e7) {
        return diag_set(diag, -EINVAL,
                        "--%s %.64s: give seconds, a number above 0", option,
                        text);
    }
    *ret = seconds;
    return 0;
}

int option_folder(const char *option, const char *path, struct diag *diag)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    struct stat status;
    snprintf(folder, sizeof(folder), "%.*s",
             slash > path ? (int)(slash - path) : 1, slash ? path : ".");
    bool there = stat(folder, &status) == 0;
    if (!there && errno == ENOENT) {
        return diag_set(diag, -EINVAL,
                        "--%s %s: there is no folder %s: make it, or name "
                        "another file",
                        option, path, folder);
    }
    if (there && !S_ISDIR(status.st_mode)) {
        return diag_set(diag, -EINVAL, "--%s %s: %s is no folder", option, path,
                        folder);
    }
    if (!there || access(folder, W_OK | X_OK) < 0) {
        return diag_set(diag, -EINVAL, "--%s %s: %s: %s", option, path, folder,
                        strerror(errno));
    }
    return 0;
}

int option_output(const char *path, const char *advice, struct diag *diag)
{
    struct stat status;
    if (path && !*path) {
        return diag_set(diag, -EINVAL, "--output '': name a file");
    }
    if (!path) {
        return 0;
    }
    if (stat(path, &status) < 0) {
        return option_folder("output", path, diag);
    }
    if (S_ISDIR(status.st_mode)) {
        return diag_set(diag, -EINVAL,
                        "--output %s: this is a folder; name a file", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return 0;
    }
    return advice ? diag_set(diag, -EINVAL, "%s exists; %s", path, advice)
                  : option_folder("output", path,
                                  diag); /* it is replaced by another */
}
