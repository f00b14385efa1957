/* SPDX-License-Identifier: MIT */
/* gilbench merge: shards of one plan become one document. */
#include "bench/command.h"
#include "bench/merge.h"
#include "bench/option.h"
#include "harness/base/atomic_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <getopt.h>

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, 256},
    {0},
};

struct arguments {
    const char *output;
    bool force;
    char **paths;
    size_t n;
};

static int parse_arguments(int argc, char **argv, struct arguments *ret,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    *ret = (struct arguments){0};
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (option) {
        case 'o':
            ret->output = optarg;
            break;
        case 256:
            ret->force = true;
            break;
        default:
            return option_refused(option, argv, diag);
        }
    }
    ret->paths = argv + optind;
    ret->n = (size_t)(argc - optind);
    if (ret->n < 1) {
        return diag_set(diag, -EINVAL,
                        "merge: give the documents of all shards");
    }
    return ret->force ? 0
                      : option_output(ret->output, "--force replaces it", diag);
}

/* Text as a run writes it: one repetition a line would be lost in json_dumpf,
 * and with it what line tools can do. */
static void print_cells(const json_t *cells, FILE *out)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(cells, i, cell)
    {
        json_t *head = json_copy((json_t *)cell);
        json_t *repetitions = json_object_get(cell, "repetitions");
        json_object_del(head, "repetitions");
        char *text = json_dumps(head, JSON_DOCUMENT_FLAGS);
        fprintf(out, "%s\n%.*s,\"repetitions\":[", i ? "," : "",
                (int)strlen(text) - 1, text);
        free(text);
        size_t k;
        const json_t *repetition;
        json_array_foreach(repetitions, k, repetition)
        {
            fprintf(out, "%s\n", k ? "," : "");
            json_dumpf(repetition, out, JSON_DOCUMENT_FLAGS);
        }
        fputs("]}", out);
        json_decref(head);
    }
}

static void print_document(const json_t *document, FILE *out)
{
    static const char *const keys[] = {"schema_version", "gilbench", "context",
                                       "plan", "warnings"};
    fputc('{', out);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        fprintf(out, "\"%s\":", keys[i]);
        json_dumpf(json_object_get(document, keys[i]), out,
                   JSON_DOCUMENT_FLAGS | JSON_ENCODE_ANY);
        fputs(",\n", out);
    }
    fputs("\"cells\":[", out);
    print_cells(json_object_get(document, "cells"), out);
    fputs("]}\n", out);
}

static int write_document(const char *path, const json_t *document,
                          struct diag *diag)
{
    if (!path) {
        print_document(document, stdout);
        return 0;
    }
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    must(memory != NULL);
    print_document(document, memory);
    must(fclose(memory) == 0);
    struct atomic_file file = {.fd = -1};
    int rc = atomic_file_open(path, &file, diag);
    rc = rc < 0 ? rc : atomic_file_write(&file, text, size, diag);
    rc = rc < 0 ? rc : atomic_file_commit(&file, true, diag);
    atomic_file_discard(&file);
    free(text);
    return rc;
}

static int merge(const struct arguments *arguments, struct merge_part *parts,
                 struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *merged = NULL;
    int rc = 0;
    for (size_t i = 0; i < arguments->n && rc == 0; i++) {
        json_t *document = NULL;
        rc = document_load(arguments->paths[i], &document, diag);
        parts[i] = (struct merge_part){arguments->paths[i], document};
    }
    rc = rc < 0 ? rc
                : merge_documents(parts, arguments->n, arguments->force,
                                  &merged, diag);
    return rc < 0 ? rc : write_document(arguments->output, merged, diag);
}

static int cmd_merge(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments;
    int rc = parse_arguments(argc, argv, &arguments, diag);
    if (rc < 0) {
        return rc;
    }
    struct merge_part *parts = must_calloc(arguments.n, sizeof(*parts));
    rc = merge(&arguments, parts, diag);
    for (size_t i = 0; i < arguments.n; i++) {
        json_decref((json_t *)parts[i].document);
    }
    free(parts);
    return rc;
}

const struct command command_merge = {
    .name = "merge",
    .usage = "merge SHARD... [--output FILE]",
    .summary = "join the documents of all shards of one plan",
    .help = "The files come from `gilbench run PLAN --shard I/N`, each I once. "
            "A shard has whole\ncells, so each cell was measured by one "
            "process after another on one machine.\n\n"
            "--output FILE  default: stdout\n"
            "--force        replace FILE; and join what was measured by "
            "different builds or\n"
            "               on different kinds of machines, with a warning\n\n"
            "Exits 5, and writes nothing, when builds or kinds of machines "
            "differ. Several\nmachines of one kind are a warning.\n",
    .run = cmd_merge,
};
