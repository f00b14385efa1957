/* SPDX-License-Identifier: MIT */
/* gilbench history: keep runs for trends. */
#include "bench/command.h"
#include "bench/history.h"
#include "bench/option.h"
#include "harness/base/cleanup.h"
#include "harness/base/suggest.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#define HISTORY_PATH "results/history.jsonl"
#define KEEP_MAX     1000000

static const struct option long_options[] = {
    {"file", required_argument, NULL, 'f'},
    {"keep", required_argument, NULL, 'k'},
    {0},
};

struct arguments {
    const char *action;
    const char *file;
    uint64_t keep;
    bool has_keep;
    char **results;
    size_t n;
};

static int check_arguments(struct arguments *arguments, struct diag *diag)
{
    static const char *const actions[] = {"add", "list", "prune"};
    const char *action = arguments->action;
    bool adds = strcmp(action, "add") == 0;
    bool prunes = strcmp(action, "prune") == 0;
    if (!adds && !prunes && strcmp(action, "list") != 0) {
        const char *close = suggest(action, actions, 3);
        return diag_set(diag, -EINVAL,
                        "history %s: not one of: add, list, "
                        "prune%s%s%s",
                        action, close ? " (did you mean " : "",
                        close ? close : "", close ? "?)" : "");
    }
    if (adds && arguments->n == 0) {
        return diag_set(diag, -EINVAL, "history add: which result?");
    }
    if (!adds && arguments->n > 0) {
        return diag_set(diag, -EINVAL,
                        "history %s takes no file: %s; see "
                        "--file",
                        action, arguments->results[0]);
    }
    if (prunes != arguments->has_keep) {
        return diag_set(diag, -EINVAL,
                        prunes ? "history prune: say how many of the newest "
                                 "runs stay: --keep N"
                               : "--keep is for history prune");
    }
    return 0;
}

static int parse_arguments(int argc, char **argv, struct arguments *ret,
                           struct diag *diag)
{
    int option;
    int rc = 0;
    opterr = 0;
    optind = 1;
    *ret = (struct arguments){.file = HISTORY_PATH};
    while (rc == 0 &&
           (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (option) {
        case 'f':
            ret->file = optarg;
            break;
        case 'k':
            ret->has_keep = true;
            rc = option_number("keep", optarg, KEEP_MAX, &ret->keep, diag);
            break;
        default:
            rc = option_refused(option, argv, diag);
        }
    }
    if (rc < 0) {
        return rc;
    }
    if (optind == argc) {
        return diag_set(diag, -EINVAL, "history: say what: add, list or prune");
    }
    ret->action = argv[optind];
    ret->results = argv + optind + 1;
    ret->n = (size_t)(argc - optind - 1);
    return check_arguments(ret, diag);
}

/* All or none: a file that is no result must not leave half of them behind. */
static int add(const struct arguments *arguments, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *lines = json_array();
    /* The history is made where there is none; a folder is not, for where the
     * command runs may not be where it was meant to. */
    int rc = option_folder("file", arguments->file, diag);
    for (size_t i = 0; i < arguments->n && rc == 0; i++) {
        _cleanup_(json_decref_p) json_t *document = NULL;
        rc = document_load(arguments->results[i], &document, diag);
        if (rc == 0) {
            json_array_append_new(lines, history_line(document));
        }
    }
    for (size_t i = 0; i < arguments->n && rc == 0; i++) {
        rc = history_append(arguments->file, json_array_get(lines, i), diag);
    }
    if (rc < 0) {
        return rc;
    }
    printf("%s: %zu run%s more\n", arguments->file, arguments->n,
           arguments->n == 1 ? "" : "s");
    if (history_is_too_large(arguments->file)) {
        fprintf(stderr,
                "gilbench: %s has more than %u MiB, and no trend reads it "
                "before gilbench history prune\n",
                arguments->file, DOCUMENT_MAX_BYTES >> 20);
    }
    return 0;
}

/* A text of the file as it may stand on a terminal. */
static void print_word(const json_t *line, const char *key, int width)
{
    const char *text = json_string_value(json_object_get(line, key));
    int n = 0;
    for (const char *c = text ? text : "-"; *c && n < width; c++, n++) {
        putchar((unsigned char)*c < ' ' || *c == 0x7f || (*c & 0x80) ? '?'
                                                                     : *c);
    }
    printf("%*s  ", width - n, "");
}

static int list(const struct arguments *arguments, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *lines = NULL;
    size_t torn = 0;
    int rc = history_read(arguments->file, &lines, &torn, diag);
    if (rc < 0) {
        return rc;
    }
    size_t i;
    const json_t *line;
    printf("%-25s  %-12s  %-12s  %-16s  cells\n", "date", "commit", "plan",
           "host");
    json_array_foreach(lines, i, line)
    {
        print_word(line, "date", 25);
        print_word(line, "commit", 12);
        print_word(line, "plan", 12);
        print_word(line, "host", 16);
        printf("%5zu\n", json_object_size(json_object_get(line, "cells")));
    }
    if (torn > 0) {
        fprintf(
            stderr,
            "gilbench: passed over %zu line%s that no run has written whole\n",
            torn, torn == 1 ? "" : "s");
    }
    return 0;
}

static int prune(const struct arguments *arguments, struct diag *diag)
{
    size_t dropped = 0;
    int rc =
        history_prune(arguments->file, (size_t)arguments->keep, &dropped, diag);
    if (rc == 0) {
        printf("%s: %zu line%s less\n", arguments->file, dropped,
               dropped == 1 ? "" : "s");
    }
    return rc;
}

static int cmd_history(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments;
    int rc = parse_arguments(argc, argv, &arguments, diag);
    if (rc < 0) {
        return rc;
    }
    switch (arguments.action[0]) {
    case 'a':
        rc = add(&arguments, diag);
        break;
    case 'l':
        rc = list(&arguments, diag);
        break;
    default:
        rc = prune(&arguments, diag);
    }
    return rc < 0 ? rc : EXIT_FINE;
}

const struct command command_history = {
    .name = "history",
    .usage = "history add RESULT... | list | prune --keep N  [--file FILE]",
    .summary = "keep runs for trends, a line a run",
    .help =
        "add     appends a line for each result: date, machine, build, and of "
        "each cell the\n"
        "        medians with their intervals; all of them or, when one is no "
        "result, none\n"
        "list    shows the runs\n"
        "prune   keeps the newest N\n\n"
        "--file FILE  default: " HISTORY_PATH "\n"
        "--keep N     for prune\n\n"
        "Several writers may add at the same time. `gilbench compare --stored "
        "FILE` looks\nfor changes in it.\n",
    .run = cmd_history,
};
