/* SPDX-License-Identifier: MIT */
/* gilbench export: a result document for other programs (exports/). */
#include "bench/command.h"
#include "bench/option.h"
#include "exports/export.h"
#include "harness/base/atomic_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct option long_options[] = {
    {"format", required_argument, NULL, 'f'},
    {"cell", required_argument, NULL, 'c'},
    {"output", required_argument, NULL, 'o'},
    {"all", no_argument, NULL, 256},
    {"force", no_argument, NULL, 257},
    {0},
};

struct arguments {
    const char *result;
    const struct export_format *format;
    const char *cell;
    const char *output;
    bool all;
    bool force;
};

static int find_format(const char *word, const struct export_format **ret,
                       struct diag *diag)
{
    const char *names[32];
    size_t n = 0;
    for (; export_formats[n] && n < sizeof(names) / sizeof(*names); n++) {
        names[n] = export_formats[n]->name;
        if (strcmp(names[n], word) == 0) {
            *ret = export_formats[n];
            return 0;
        }
    }
    const char *close = suggest(word, names, n);
    return diag_set(diag, -EINVAL, "--format %s: no such format%s%s%s", word,
                    close ? " (did you mean " : "", close ? close : "",
                    close ? "?)" : "; see gilbench export --help");
}

static int check_arguments(const struct arguments *arguments, int rest,
                           struct diag *diag)
{
    const struct export_format *format = arguments->format;
    if (rest != 1) {
        return diag_set(diag, -EINVAL,
                        rest == 0 ? "export: which result? give a file that "
                                    "gilbench run has written"
                                  : "export: one result at a time");
    }
    if (!format) {
        return diag_set(diag, -EINVAL,
                        "export: --format is missing; see gilbench export "
                        "--help");
    }
    if (arguments->all && !format->takes_all) {
        return diag_set(diag, -EINVAL, "--all: %s has no choice of repetitions",
                        format->name);
    }
    if (format->parts && !arguments->output) {
        return diag_set(diag, -EINVAL,
                        "%s is more than one file: name them with --output "
                        "NAME.json, which makes NAME-%s.json and others",
                        format->name, format->parts[0]);
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
    *ret = (struct arguments){0};
    while (rc == 0 &&
           (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (option) {
        case 'f':
            rc = find_format(optarg, &ret->format, diag);
            break;
        case 'c':
            ret->cell = optarg;
            break;
        case 'o':
            ret->output = optarg;
            break;
        case 256:
            ret->all = true;
            break;
        case 257:
            ret->force = true;
            break;
        default:
            rc = option_refused(option, argv, diag);
        }
    }
    if (rc < 0) {
        return rc;
    }
    ret->result = optind < argc ? argv[optind] : NULL;
    return check_arguments(ret, argc - optind, diag);
}

/* Cells that were asked for and have something; counts those that have not. */
static int select_cells(const struct arguments *arguments,
                        struct export_set *set, size_t *ret_left_out,
                        struct diag *diag)
{
    const json_t *cells = json_object_get(set->document, "cells");
    size_t asked = 0;
    size_t i;
    const json_t *cell;
    set->cells = must_calloc(json_array_size(cells) + 1, sizeof(*set->cells));
    json_array_foreach(cells, i, cell)
    {
        const char *id = json_string_value(json_object_get(cell, "id"));
        if (arguments->cell && strcmp(arguments->cell, id) != 0 &&
            fnmatch(arguments->cell, id, 0) != 0) {
            continue;
        }
        asked++;
        struct export_metric step;
        if (export_step_s(cell, &step) && export_repetition(cell, 0)) {
            set->cells[set->n++] = cell;
        }
    }
    if (arguments->cell && asked == 0) {
        return diag_set(diag, -EINVAL, "--cell %s: no cell of %s fits",
                        arguments->cell, arguments->result);
    }
    if (set->n == 0) {
        return diag_set(diag, -ENODATA,
                        "%s: nothing to export: none of %zu cells finished a "
                        "step",
                        arguments->result, asked);
    }
    *ret_left_out = asked - set->n;
    return 0;
}

/* NAME.json, smaller -> NAME-smaller.json; the caller frees. */
static char *part_path(const char *path, const char *part)
{
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');
    size_t stem = dot ? (size_t)(dot - path) : strlen(path);
    char *ret = NULL;
    must(asprintf(&ret, "%.*s-%s%s", (int)stem, path, part, dot ? dot : "") >=
         0);
    return ret;
}

/* A file of a format while it is only in memory. */
struct rendered {
    char *path; /* NULL: stdout */
    char *text;
    size_t size;
};

static int check_path(const struct arguments *arguments, const char *path,
                      struct diag *diag)
{
    return arguments->force ? option_output(path, NULL, diag)
                            : option_output(path, "--force replaces it", diag);
}

static int render(const struct arguments *arguments,
                  const struct export_set *set, unsigned part,
                  struct rendered *ret, struct diag *diag)
{
    const char *const *parts = arguments->format->parts;
    if (parts) {
        ret->path = part_path(arguments->output, parts[part]);
    } else if (arguments->output) {
        ret->path = strdup(arguments->output);
        must(ret->path != NULL);
    }
    int rc = check_path(arguments, ret->path, diag);
    if (rc < 0) {
        return rc;
    }
    FILE *memory = open_memstream(&ret->text, &ret->size);
    must(memory != NULL);
    rc = arguments->format->write(set, part, memory, diag);
    must(fclose(memory) == 0);
    must(rc == 0 || rc == -EINVAL); /* memory has no errors of its own */
    return rc;
}

static int write_out(const struct rendered *file, struct diag *diag)
{
    if (file->path) {
        int rc =
            atomic_file_put(file->path, file->text, file->size, false, diag);
        if (rc == 0) {
            printf("%s\n", file->path);
        }
        return rc < 0 ? -EINVAL : 0;
    }
    fwrite(file->text, 1, file->size, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return diag_set(diag, -EINVAL, "cannot write to stdout: %s",
                        strerror(errno));
    }
    return 0;
}

/* Nothing is touched before all files are whole: a refusal must not cost what
 * was there, nor leave an empty file that is in the way of the next try. */
static int write_files(const struct arguments *arguments,
                       const struct export_set *set, struct diag *diag)
{
    const char *const *parts = arguments->format->parts;
    unsigned n = 1;
    while (parts && parts[n]) {
        n++;
    }
    struct rendered *files = must_calloc(n, sizeof(*files));
    int rc = 0;
    for (unsigned i = 0; i < n && rc == 0; i++) {
        rc = render(arguments, set, i, &files[i], diag);
    }
    for (unsigned i = 0; i < n && rc == 0; i++) {
        rc = write_out(&files[i], diag);
    }
    for (unsigned i = 0; i < n; i++) {
        free(files[i].path);
        free(files[i].text);
    }
    free(files);
    return rc;
}

static int cmd_export(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments;
    _cleanup_(json_decref_p) json_t *document = NULL;
    int rc = parse_arguments(argc, argv, &arguments, diag);
    rc = rc < 0 ? rc : document_load(arguments.result, &document, diag);
    if (rc < 0) {
        return rc;
    }
    struct export_set set = {.document = document, .all = arguments.all};
    size_t left_out = 0;
    rc = select_cells(&arguments, &set, &left_out, diag);
    rc = rc < 0 ? rc : write_files(&arguments, &set, diag);
    if (rc == 0 && left_out > 0) {
        fprintf(stderr,
                "gilbench: left out %zu of %zu cells that finished no step\n",
                left_out, left_out + set.n);
    }
    free(set.cells);
    return rc < 0 ? rc : EXIT_FINE;
}

const struct command command_export = {
    .name = "export",
    .usage = "export RESULT --format FORMAT [--cell ID] [--output FILE]",
    .summary = "write a result document as other programs read it",
    .help =
        "--format google-benchmark  JSON of Google Benchmark: compare.py, "
        "Bencher, Conbench\n"
        "         github-action     github-action-benchmark: NAME-smaller.json "
        "and\n"
        "                           NAME-bigger.json, one a direction\n"
        "         bencher           Bencher Metric Format\n"
        "         go                Go's benchmark lines, for benchstat\n"
        "         pyperf            JSON of pyperf: stats, compare_to\n"
        "         hyperfine         JSON of hyperfine, seconds of one step\n"
        "         openmetrics       text for Prometheus\n"
        "         csv               a row a cell and metric\n"
        "         hgrm              HdrHistogram's percentiles of one cell's "
        "latency\n"
        "--cell ID                  only this cell, or those a glob fits\n"
        "--all                      google-benchmark: each repetition instead "
        "of the\n"
        "                           median\n"
        "--output FILE              default: stdout\n"
        "--force                    replace FILE\n"
        "\n"
        "A series has the cell's id for its name, and /version=N behind it "
        "from the second\nversion of a workload on: figures of different "
        "versions are not comparable. Cells\nthat finished no step are left "
        "out, which a line on stderr says. Exits 4 if nothing\nis left. A CPU "
        "time of "
        "a step (cpu_time, user, cpu-ns/op) is that of the whole\nprocess, "
        "background tasks included.\n",
    .run = cmd_export,
};
