/* SPDX-License-Identifier: MIT */
/* gilbench report: a result as one page. */
#include "report/report.h"

#include "bench/command.h"
#include "bench/compare.h"
#include "bench/compare_report.h"
#include "bench/option.h"
#include "harness/base/atomic_file.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "plots/gnuplot.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum {
    OPTION_OUTPUT = 256,
    OPTION_FORMAT,
    OPTION_COMPARE,
};

static const struct option options[] = {
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"compare", required_argument, NULL, OPTION_COMPARE},
    {0},
};

struct arguments {
    const char *result;
    const char *other;
    const char *output;
    bool markdown;
    bool alone; /* --compare and nothing else: it has to be a comparison */
};

static int parse_option(int option, struct arguments *arguments,
                        struct diag *diag)
{
    switch (option) {
    case OPTION_OUTPUT:
        arguments->output = optarg;
        return option_output(optarg, NULL, diag);
    case OPTION_COMPARE:
        arguments->other = optarg;
        return 0;
    default:
        arguments->markdown = strcmp(optarg, "markdown") == 0;
        if (arguments->markdown || strcmp(optarg, "html") == 0) {
            return 0;
        }
        return diag_set(diag, -EINVAL,
                        "--format %s: not one of: html, markdown", optarg);
    }
}

static int parse_arguments(int argc, char **argv, struct arguments *ret,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == ':' || option == '?') {
            return option_refused(option, argv, diag);
        }
        int r = parse_option(option, ret, diag);
        if (r < 0) {
            return r;
        }
    }
    if (optind == argc && ret->other) {
        ret->result = ret->other;
        ret->other = NULL;
        ret->alone = true;
        return 0;
    }
    if (optind + 1 != argc) {
        return diag_set(diag, -EINVAL,
                        optind == argc
                            ? "report: which result? give a file that gilbench "
                              "run has written"
                            : "report: one result at a time; a second one goes "
                              "to --compare");
    }
    ret->result = argv[optind];
    return 0;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The pictures of FILE.md are in the folder FILE; the caller frees. */
static int make_pictures(const struct arguments *arguments, char **ret,
                         struct diag *diag)
{
    *ret = NULL;
    if (!arguments->markdown || !arguments->output ||
        atomic_file_is_special(arguments->output)) {
        return 0;
    }
    size_t n = strlen(arguments->output);
    bool md = n > 3 && strcmp(arguments->output + n - 3, ".md") == 0 &&
              arguments->output[n - 4] != '/';
    must(asprintf(ret, "%.*s%s", (int)(md ? n - 3 : n), arguments->output,
                  md ? "" : ".pictures") > 0);
    struct stat status;
    if (mkdir(*ret, 0777) == 0 ||
        (stat(*ret, &status) == 0 && S_ISDIR(status.st_mode))) {
        return 0;
    }
    return diag_set(diag, -EINVAL, "cannot make the folder %s: %s", *ret,
                    strerror(errno));
}

static int write_text(const char *path, const char *text, size_t size,
                      struct diag *diag)
{
    if (!path) {
        fwrite(text, 1, size, stdout);
        return 0;
    }
    struct atomic_file file = {0};
    int r = atomic_file_open(path, &file, diag);
    if (r == 0) {
        r = atomic_file_write(&file, text, size, diag);
        r = r < 0 ? r : atomic_file_commit(&file, false, diag);
        atomic_file_discard(&file);
    }
    return r < 0 ? -EINVAL : 0;
}

static int write_page(const struct report_request *request, bool comparison,
                      bool markdown, FILE *out, struct diag *diag)
{
    if (comparison) {
        return markdown ? report_comparison_markdown(request, out, diag)
                        : report_comparison_html(request, out, diag);
    }
    return markdown ? report_markdown(request, out, diag)
                    : report_html(request, out, diag);
}

static int make_report(const struct arguments *arguments, bool comparison,
                       struct report_request *request, struct diag *diag)
{
    _cleanup_(free_p) char *text = NULL, *pictures = NULL;
    size_t size = 0;
    int r = make_pictures(arguments, &pictures, diag);
    if (r < 0) {
        return r;
    }
    request->pictures = pictures;
    request->link = pictures ? name_of(pictures) : NULL;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    r = write_page(request, comparison, arguments->markdown, out, diag);
    must(fclose(out) == 0);
    if (r == 0) {
        r = write_text(arguments->output, text, size, diag);
    }
    if (r == 0 && arguments->markdown && !pictures) {
        fprintf(stderr, "gilbench: without --output FILE the report has no "
                        "pictures\n");
    }
    return r;
}

/* A result or a judged comparison. */
static int load(const char *path, json_t **ret, bool *ret_comparison,
                struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *json = NULL;
    int r = document_read_json(path, &json, diag);
    if (r < 0) {
        return r;
    }
    *ret_comparison = json_object_get(json, "comparison") != NULL;
    r = *ret_comparison ? compare_document_check(json, path, false, diag)
                        : document_check(json, path, diag);
    if (r == 0 && *ret_comparison) {
        compare_judge(json);
    }
    if (r == 0) {
        *ret = steal(&json);
    }
    return r;
}

/* What changed, by the document itself or by the other one. */
static void find_changes(const struct report_request *request, bool first,
                         const json_t *other, bool second,
                         struct report_changes *ret)
{
    if (first || second) {
        compare_changes(first ? request->document : other, ret);
    } else if (other) {
        report_changes_of(other, request->other_name, request->document,
                          request->name, ret);
    }
}

static int report_on(const struct arguments *arguments, const char *gnuplot,
                     struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *document = NULL;
    _cleanup_(json_decref_p) json_t *other = NULL;
    _cleanup_(report_changes_free) struct report_changes changes = {0};
    bool first = false, second = false;
    int r = load(arguments->result, &document, &first, diag);
    if (r == 0 && arguments->alone && !first) {
        r = diag_set(diag, -EINVAL,
                     "report: which result? %s is one, and --compare needs "
                     "another",
                     arguments->result);
    }
    if (r == 0 && arguments->other) {
        r = first ? diag_set(diag, -EINVAL,
                             "%s is a comparison: it has both sides",
                             arguments->result)
                  : load(arguments->other, &other, &second, diag);
    }
    if (r < 0) {
        return r;
    }
    struct report_request request = {
        .document = document,
        .name = name_of(arguments->result),
        .other = second ? NULL : other,
        .other_name = arguments->other ? name_of(arguments->other) : NULL,
        .gnuplot = gnuplot,
    };
    find_changes(&request, first, other, second, &changes);
    request.changes = first || other ? &changes : NULL;
    return make_report(arguments, first, &request, diag);
}

static int cmd_report(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments = {0};
    char gnuplot[PATH_MAX];
    int r = parse_arguments(argc, argv, &arguments, diag);
    r = r < 0 ? r : gnuplot_find(gnuplot, sizeof(gnuplot), diag);
    return r < 0 ? r : report_on(&arguments, gnuplot, diag);
}

const struct command command_report = {
    .name = "report",
    .usage = "report RESULT [--output FILE] [--format html|markdown] "
             "[--compare OTHER]",
    .summary = "write a result as one page to read and to share",
    .help =
        "--output FILE     default: stdout; a file that is there is replaced\n"
        "--format F        html (default): one file that loads nothing;\n"
        "                  markdown: its pictures go to FILE without .md\n"
        "--compare OTHER   another result beside it, as the base; two runs "
        "tell trends,\n"
        "                  not causes. Or a comparison (gilbench compare "
        "--format json),\n"
        "                  which is also a page of its own: report --compare "
        "FILE\n"
        "\n"
        "The page has the short answer, the claims (gilbench verdict), the "
        "charts\n(gilbench plot) with their numbers, what it means for a "
        "service, the machine,\nthe method, all cells and a glossary. Needs "
        "gnuplot (gnuplot-nox).\n",
    .run = cmd_report,
};
