/* SPDX-License-Identifier: MIT */
/* gilbench trace: who held the lock when. */
#include "bench/command.h"
#include "bench/option.h"
#include "bench/plan_option.h"
#include "bench/trace_run.h"
#include "harness/base/atomic_file.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "plots/gnuplot.h"
#include "plots/timeline_figure.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

/* An excerpt of text unless --ms says otherwise. */
#define TEXT_MS 20
#define MS_MAX  3600000

enum {
    OPTION_FORMAT = 256,
    OPTION_EVENTS,
    OPTION_MS,
    OPTION_OUTPUT,
    OPTION_FORCE,
};

static const struct option options[] = {
    PLAN_OPTIONS,
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"events", required_argument, NULL, OPTION_EVENTS},
    {"ms", required_argument, NULL, OPTION_MS},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"force", no_argument, NULL, OPTION_FORCE},
    {0},
};

enum format { FORMAT_CHROME, FORMAT_TEXT, FORMAT_SVG, FORMATS };

static const char *const formats[FORMATS] = {"chrome", "text", "svg"};

struct arguments {
    struct trace_request request;
    enum format format;
    unsigned ms; /* 0: the usual excerpt */
    const char *output;
    bool force;
    char gnuplot[PATH_MAX];
};

static int parse_format(const char *text, enum format *ret, struct diag *diag)
{
    for (int i = 0; i < FORMATS; i++) {
        if (strcmp(text, formats[i]) == 0) {
            *ret = (enum format)i;
            return 0;
        }
    }
    return diag_set(diag, -EINVAL, "--format %s: give one of chrome, text, svg",
                    text);
}

static int parse_option(int option, const char *text,
                        struct arguments *arguments, struct diag *diag)
{
    switch (option) {
    case OPTION_FORMAT:
        return parse_format(text, &arguments->format, diag);
    case OPTION_EVENTS:
        return option_count("events", text, 1u << 22,
                            &arguments->request.events, diag);
    case OPTION_MS:
        return option_count("ms", text, MS_MAX, &arguments->ms, diag);
    case OPTION_OUTPUT:
        arguments->output = text;
        return 0;
    case OPTION_FORCE:
        arguments->force = true;
        return 0;
    default:
        return plan_option(option, text, &arguments->request.plan, diag);
    }
}

static int parse_arguments(int argc, char **argv, struct arguments *arguments,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == ':' || option == '?') {
            return option_refused(option, argv, diag);
        }
        int rc = parse_option(option, optarg, arguments, diag);
        if (rc < 0) {
            return rc;
        }
    }
    arguments->request.ids = argv + optind;
    arguments->request.n_ids = (size_t)(argc - optind);
    return option_output(arguments->output,
                         arguments->force ? NULL : "--force replaces it", diag);
}

/* What can be told apart; or as asked. */
static int choose_excerpt(const struct arguments *arguments,
                          const struct timeline *timeline, uint64_t *ret_begin,
                          uint64_t *ret_end, struct diag *diag)
{
    if (!arguments->ms) {
        timeline_figure_excerpt(timeline, ret_begin, ret_end);
        return 0;
    }
    timeline_figure_middle(timeline, arguments->ms * NS_PER_MS, ret_begin,
                           ret_end);
    if (timeline_figure_size(timeline, *ret_begin, *ret_end) >
        TIMELINE_FIGURE_SIZE) {
        return diag_set(diag, -EINVAL,
                        "--ms %u: too much happened in that time to be drawn; "
                        "give fewer ms, or none",
                        arguments->ms);
    }
    return 0;
}

static int write_svg(const struct arguments *arguments,
                     const struct traced *traced, FILE *out, struct diag *diag)
{
    bool loop = traced->cell->model->on_loops;
    struct timeline_figure figure = {.timeline = &traced->timeline,
                                     .title = trace_title(loop),
                                     .subtitle = traced->cell->id,
                                     .gnuplot = arguments->gnuplot};
    for (int i = 0; i < TIMELINE_STATES; i++) {
        figure.states[i] = trace_state_name(traced, 0, (enum timeline_state)i);
    }
    int rc = choose_excerpt(arguments, &traced->timeline, &figure.begin_ns,
                            &figure.end_ns, diag);
    return rc < 0 ? rc : timeline_figure_draw(&figure, FIGURE_SVG, out, diag);
}

static void write_text(const struct arguments *arguments,
                       const struct traced *traced, size_t n, FILE *out)
{
    uint64_t length = (arguments->ms ? arguments->ms : TEXT_MS) * NS_PER_MS;
    for (size_t i = 0; i < n; i++) {
        uint64_t all = traced[i].timeline.length_ns;
        fputs(i > 0 ? "\n" : "", out);
        trace_write_text(&traced[i], 0, length < all ? length : all, out);
    }
}

static int write_format(const struct arguments *arguments,
                        const struct traced *traced, size_t n, FILE *out,
                        struct diag *diag)
{
    if (arguments->format == FORMAT_SVG) {
        return write_svg(arguments, traced, out, diag);
    }
    if (arguments->format == FORMAT_TEXT) {
        write_text(arguments, traced, n, out);
    } else {
        trace_write_chrome(traced, n, out);
    }
    return 0;
}

static int store(const char *path, const char *text, size_t size,
                 struct diag *diag)
{
    struct atomic_file file;
    if (!path) {
        fwrite(text, 1, size, stdout);
        return 0; /* main looks whether it arrived */
    }
    int rc = atomic_file_open(path, &file, diag);
    rc = rc < 0 ? rc : atomic_file_write(&file, text, size, diag);
    rc = rc < 0 ? rc : atomic_file_commit(&file, false, diag);
    atomic_file_discard(&file);
    return rc;
}

static int write_all(const struct arguments *arguments,
                     const struct traced *traced, size_t n, struct diag *diag)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    int rc = write_format(arguments, traced, n, out, diag);
    must(fclose(out) == 0);
    rc = rc < 0 ? rc : store(arguments->output, text, size, diag);
    free(text);
    return rc;
}

/* Of text and pictures the excerpt is made when they are written. */
static void cut_excerpt(const struct arguments *arguments,
                        struct timeline *timeline)
{
    uint64_t begin, end;
    if (arguments->format == FORMAT_CHROME && arguments->ms > 0) {
        timeline_figure_middle(timeline, arguments->ms * NS_PER_MS, &begin,
                               &end);
        timeline_cut(timeline, begin, end);
    }
}

/* Cells that fail are said, and left out. */
static int trace_all(const struct arguments *arguments,
                     const struct trace_cells *cells, struct diag *diag)
{
    struct traced *traced = must_calloc(cells->n, sizeof(*traced));
    size_t n = 0;
    int failed = 0;
    for (size_t i = 0; i < cells->n; i++) {
        if (failed < 0) {
            fprintf(stderr, "gilbench: %s\n", diag->text);
        }
        int rc = trace_cell(&cells->cells[i], &traced[n], diag);
        if (rc == 0) {
            cut_excerpt(arguments, &traced[n++].timeline);
        }
        failed = rc < 0 ? rc : failed;
    }
    struct diag why;
    int rc = n > 0 ? write_all(arguments, traced, n, &why) : 0;
    if (rc < 0) {
        *diag = why;
    }
    for (size_t i = 0; i < n; i++) {
        traced_deinit(&traced[i]);
    }
    free(traced);
    return rc < 0 ? rc : failed;
}

static int trace(struct arguments *arguments, struct diag *diag)
{
    struct trace_cells cells = {0};
    int rc = 0;
    if (arguments->format == FORMAT_SVG) {
        rc = gnuplot_find(arguments->gnuplot, sizeof(arguments->gnuplot), diag);
    }
    rc = rc < 0 ? rc : trace_select(&arguments->request, &cells, diag);
    if (rc == 0 && arguments->format == FORMAT_SVG && cells.n > 1) {
        rc = diag_set(diag, -EINVAL,
                      "trace: a picture shows one cell, and these are %zu",
                      cells.n);
    }
    rc = rc < 0 ? rc : trace_all(arguments, &cells, diag);
    trace_cells_deinit(&cells);
    return rc;
}

static int cmd_trace(int argc, char **argv, struct diag *diag)
{
    struct arguments *arguments = must_calloc(1, sizeof(*arguments));
    const char **sets = must_calloc((size_t)argc, sizeof(*sets));
    arguments->request.plan.sets = sets;
    int rc = parse_arguments(argc, argv, arguments, diag);
    if (rc == 0) {
        rc = trace(arguments, diag);
    }
    free(sets);
    free(arguments);
    return rc;
}

const struct command command_trace = {
    .name = "trace",
    .usage = "trace [CELL ...] [--format chrome|text|svg] [OPTION ...]",
    .summary = "show who held the lock when, in one repetition of a cell",
    .help =
        "CELL is a cell's id as it stands in a document, such as\n"
        "mixed_convoy/gil_threads:cpython3/tasks=1/placement=per_core/"
        "cpu_tasks=2;\nor select as with `gilbench run`:\n\n"
        "  --workload G       comma list of names or globs\n"
        "  --model G          the same; default: gil_threads. Of coop_tasks "
        "it is\n                     shown who ran on the loop; free_threads "
        "have no lock\n"
        "  --lock G           default: cpython3\n"
        "  --tasks LIST       comma list of numbers; default: 1\n"
        "  --placement G      default: per_core\n"
        "  --set KEY=VALUE    a parameter; may be repeated\n"
        "  --slices N         default: 1\n"
        "  --slice-ms N       default: 100\n\n"
        "  --format chrome    trace events as JSON, for Perfetto and "
        "chrome://tracing\n"
        "           text      an excerpt to read, one line an event\n"
        "           svg       an excerpt as a picture, one row a thread; one "
        "cell\n"
        "  --ms N             length of the excerpt, around the middle, of "
        "text "
        "from\n                     the begin; default: 20 of text, for svg at "
        "most 50, all\n                     for chrome (whose totals are of "
        "all in "
        "any case)\n"
        "  --events N         room for N events of each thread; the newest "
        "stay, how\n                     many were dropped is said; default: "
        "up to 65536\n"
        "  --output FILE      default: stdout\n"
        "  --force            replace FILE\n\n"
        "Each cell is run twice, without the trace and with it; the steps/s "
        "of both are\nsaid, so that what the trace costs can be seen.\n",
    .run = cmd_trace,
};
