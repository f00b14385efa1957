/* SPDX-License-Identifier: MIT */
/* gilbench plot: figures from a result document. */
#include "bench/command.h"
#include "bench/compare.h"
#include "bench/compare_plot.h"
#include "bench/option.h"
#include "bench/select.h"
#include "bench/trace_plot.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "plots/figure.h"
#include "plots/gnuplot.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct option long_options[] = {
    {"figure", required_argument, NULL, 'f'},
    {"format", required_argument, NULL, 'm'},
    {"output-dir", required_argument, NULL, 'o'},
    {0},
};

struct arguments {
    const char *result;
    const char *figure;
    const char *format;
    const char *output_dir;
};

static int parse_arguments(int argc, char **argv, struct arguments *ret,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    *ret = (struct arguments){.format = "svg,png"};
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (option) {
        case 'f':
            ret->figure = optarg;
            break;
        case 'm':
            ret->format = optarg;
            break;
        case 'o':
            ret->output_dir = optarg;
            break;
        default:
            return option_refused(option, argv, diag);
        }
    }
    if (optind + 1 != argc) {
        return diag_set(diag, -EINVAL,
                        optind == argc
                            ? "plot: which result? give a file that gilbench "
                              "run has written"
                            : "plot: one result at a time");
    }
    ret->result = argv[optind];
    return 0;
}

static size_t count_names(const char *const *names)
{
    size_t n = 0;
    while (names[n]) {
        n++;
    }
    return n;
}

static int unknown(const char *option, const char *word,
                   const char *const *names, size_t n, struct diag *diag)
{
    const char *close = suggest(word, names, n);
    return diag_set(diag, -EINVAL, "--%s %s: no such %s%s%s%s", option, word,
                    option, close ? " (did you mean " : "", close ? close : "",
                    close ? "?)" : "; see gilbench list figures");
}

static int parse_formats(const char *list, unsigned *ret, struct diag *diag)
{
    _cleanup_(free_p) char *copy = strdup(list);
    must(copy != NULL);
    char *rest = copy;
    *ret = 0;
    for (char *word; (word = strsep(&rest, ","));) {
        unsigned format = 0;
        while (format < FIGURE_FORMATS &&
               strcmp(figure_formats[format], word) != 0) {
            format++;
        }
        if (format == FIGURE_FORMATS) {
            return diag_set(diag, -EINVAL,
                            "--format %s: not one of: svg, png, pdf, term",
                            word);
        }
        *ret |= 1u << format;
    }
    return 0;
}

/* Every word of --figure fits a figure. */
static int check_figures(struct selection *figures, struct diag *diag)
{
    size_t n = count_names(figure_names);
    for (size_t i = 0; i < n; i++) {
        (void)selection_has(figures, figure_names[i]);
    }
    for (size_t i = 0; i < figures->n; i++) {
        if (!figures->terms[i].used) {
            return unknown("figure", figures->terms[i].text, figure_names, n,
                           diag);
        }
    }
    return 0;
}

/* True if --figure has this very name: then it has to be drawn. */
static bool is_named(const struct selection *figures, const char *name)
{
    for (size_t i = 0; i < figures->n; i++) {
        if (!figures->terms[i].glob &&
            strcmp(figures->terms[i].text, name) == 0) {
            return true;
        }
    }
    return false;
}

/* results/quick.json -> results/quick; the caller frees. */
static char *default_folder(const char *result)
{
    size_t n = strlen(result);
    char *folder = NULL;
    if (n > 5 && strcmp(result + n - 5, ".json") == 0 && result[n - 6] != '/') {
        folder = strndup(result, n - 5);
        must(folder != NULL);
    } else {
        must(asprintf(&folder, "%s.figures", result) > 0);
    }
    return folder;
}

/* 1: made; 0: it is there. */
static int make_folder(const char *folder, struct diag *diag)
{
    struct stat status;
    if (mkdir(folder, 0777) == 0) {
        return 1;
    }
    if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode)) {
        return 0;
    }
    int error = errno;
    if (error == ENOENT) {
        return diag_set(diag, -EINVAL,
                        "cannot make the folder %s: the folder above it does "
                        "not exist",
                        folder);
    }
    return diag_set(diag, -EINVAL, "cannot make the folder %s: %s", folder,
                    error == EEXIST ? "a file has that name" : strerror(error));
}

/* Draws what is selected; a figure without data is left out with one line,
 * unless it was named. */
static int draw_all(struct figure_request *request, struct selection *figures,
                    struct diag *diag)
{
    size_t drawn = 0;
    int result = 0;
    for (size_t i = 0; figure_names[i]; i++) {
        struct diag why = {0};
        request->name = figure_names[i];
        if (!selection_has(figures, request->name)) {
            continue;
        }
        int r = figure_draw(request, &why);
        drawn += r == 0;
        if (r == -ENODATA && !is_named(figures, request->name)) {
            fprintf(stderr,
                    "gilbench: figure %s is left out: the result has none of "
                    "its cells (--figure %s says which)\n",
                    request->name, request->name);
        } else if (r == -ENODATA && result == 0) {
            result = diag_set(diag, r, "figure %s cannot be drawn: %s",
                              request->name, why.text);
        } else if (r == -EINVAL) {
            return diag_set(diag, r, "%s", why.text);
        } else if (r < 0 && r != -ENODATA && result == 0) {
            /* One that gnuplot cannot draw does not cost the others. */
            result = diag_set(diag, r, "%s", why.text);
        }
    }
    if (drawn == 0 && result == 0) {
        return diag_set(diag, -ENODATA, "there is nothing to draw");
    }
    return result;
}

/* What is drawn: a result has many figures, the others one. */
enum kind { KIND_RESULT, KIND_COMPARISON, KIND_TRACE };

static int check(const json_t *json, const char *path, enum kind kind,
                 struct diag *diag)
{
    switch (kind) {
    case KIND_COMPARISON:
        return compare_document_check(json, path, false, diag);
    case KIND_TRACE:
        return 0; /* looked at when it is drawn */
    case KIND_RESULT:
        break;
    }
    return document_check(json, path, diag);
}

static int load(const struct arguments *arguments, json_t **ret,
                enum kind *ret_kind, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *json = NULL;
    int r = document_read_json(arguments->result, &json, diag);
    if (r < 0) {
        return r;
    }
    *ret_kind = json_object_get(json, "comparison")    ? KIND_COMPARISON
                : json_object_get(json, "traceEvents") ? KIND_TRACE
                                                       : KIND_RESULT;
    if (*ret_kind != KIND_RESULT && arguments->figure) {
        return diag_set(diag, -EINVAL,
                        "--figure is for results; a %s has one figure",
                        *ret_kind == KIND_TRACE ? "trace" : "comparison");
    }
    r = check(json, arguments->result, *ret_kind, diag);
    if (r == 0) {
        *ret = steal(&json);
    }
    return r;
}

static int plot(const struct arguments *arguments, unsigned formats,
                struct selection *figures, struct diag *diag)
{
    char gnuplot[PATH_MAX];
    int r = gnuplot_find(gnuplot, sizeof(gnuplot), diag);
    if (r < 0) {
        return -EINVAL;
    }
    _cleanup_(json_decref_p) json_t *document = NULL;
    enum kind kind = KIND_RESULT;
    r = load(arguments, &document, &kind, diag);
    if (r < 0) {
        return r;
    }
    _cleanup_(free_p) char *usual = default_folder(arguments->result);
    struct figure_request request = {
        .document = document,
        .formats = formats,
        .output_dir = arguments->output_dir ? arguments->output_dir : usual,
        .term = arguments->output_dir ? NULL : stdout,
        .list = stdout,
        .gnuplot = gnuplot,
    };
    bool files = arguments->output_dir || formats != 1u << FIGURE_TERM;
    int made = files ? make_folder(request.output_dir, diag) : 0;
    if (made < 0) {
        return made;
    }
    r = kind == KIND_COMPARISON ? compare_plot(&request, diag)
        : kind == KIND_TRACE    ? trace_plot(&request, diag)
                                : draw_all(&request, figures, diag);
    if (made && r < 0) {
        (void)rmdir(request.output_dir); /* only if it is empty */
    }
    return r;
}

static int cmd_plot(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments;
    struct selection figures = {0};
    unsigned formats;
    int r = parse_arguments(argc, argv, &arguments, diag);
    if (r == 0) {
        r = parse_formats(arguments.format, &formats, diag);
    }
    if (r == 0) {
        r = selection_parse(&figures, "figure", arguments.figure, diag);
    }
    if (r == 0) {
        r = check_figures(&figures, diag);
    }
    if (r == 0) {
        r = plot(&arguments, formats, &figures, diag);
    }
    selection_deinit(&figures);
    return r;
}

const struct command command_plot = {
    .name = "plot",
    .usage = "plot RESULT [--figure G] [--format svg|png|pdf|term] "
             "[--output-dir DIR]",
    .summary = "draw the figures of a result document",
    .help =
        "--figure G        comma list of names or globs (gilbench list "
        "figures);\n"
        "                  default: all that the result has data for\n"
        "--format LIST     of svg, png, pdf, term (plain text on stdout);\n"
        "                  default: svg,png\n"
        "--output-dir DIR  made if missing; default: RESULT without .json.\n"
        "                  With it, term goes to DIR/NAME.txt instead\n"
        "\n"
        "A comparison (gilbench compare --format json) has one figure, a "
        "forest plot,\nand a trace (gilbench trace) has a timeline.\n"
        "The files that were written are listed on stdout. A figure that the\n"
        "result has no data for is left out with a line on stderr; named\n"
        "exactly, it is an error (exit 4). Needs gnuplot (gnuplot-nox).\n",
    .run = cmd_plot,
};
