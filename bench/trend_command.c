/* SPDX-License-Identifier: MIT */
#include "bench/trend_command.h"

#include "bench/command.h"
#include "bench/option.h"
#include "bench/trend.h"
#include "harness/base/atomic_file.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "plots/gnuplot.h"
#include "plots/trend_figure.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#define MARGIN_PERCENT 5.0

enum { OPTION_STORED = 256, OPTION_FORCE };

static const struct option long_options[] = {
    {"stored", no_argument, NULL, OPTION_STORED},
    {"metric", required_argument, NULL, 'm'},
    {"margin", required_argument, NULL, 'g'},
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, OPTION_FORCE},
    {0},
};

struct arguments {
    const char *metrics;
    double margin;
    const char *format;
    const char *output;
    bool force;
    char **paths;
    size_t n;
};

int trend_is_asked(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--stored") == 0) {
            return 1;
        }
    }
    return 0;
}

static int parse_margin(const char *text, double *ret, struct diag *diag)
{
    char *end = NULL;
    double percent = strtod(text, &end);
    if (end == text || *end || !(percent >= 0.0 && percent <= 1000.0)) {
        return diag_set(diag, -EINVAL,
                        "--margin %.64s: give percent, as in --margin 5", text);
    }
    *ret = percent / 100.0;
    return 0;
}

static int check(struct arguments *arguments, int argc, char **argv,
                 struct diag *diag)
{
    static const char *const formats[] = {"text", "json", "svg", NULL};
    int rc = option_word("format", arguments->format, formats,
                         &arguments->format, diag);
    if (rc < 0) {
        return diag_prefix(diag, rc, "--stored");
    }
    if (optind == argc) {
        return diag_set(diag, -EINVAL,
                        "compare --stored: which results or histories?");
    }
    arguments->paths = argv + optind;
    arguments->n = (size_t)(argc - optind);
    return arguments->force
               ? 0
               : option_output(arguments->output, "--force replaces it", diag);
}

static int parse_arguments(int argc, char **argv, struct arguments *ret,
                           struct diag *diag)
{
    int option;
    int rc = 0;
    opterr = 0;
    optind = 1;
    *ret = (struct arguments){.metrics = "steps_per_s",
                              .margin = MARGIN_PERCENT / 100.0,
                              .format = "text"};
    while (rc == 0 &&
           (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (option) {
        case OPTION_STORED:
            break;
        case OPTION_FORCE:
            ret->force = true;
            break;
        case 'm':
            ret->metrics = optarg;
            break;
        case 'g':
            rc = parse_margin(optarg, &ret->margin, diag);
            break;
        case 'f':
            ret->format = optarg;
            break;
        case 'o':
            ret->output = optarg;
            break;
        default:
            rc = option_refused(option, argv, diag);
        }
    }
    return rc < 0 ? rc : check(ret, argc, argv, diag);
}

static int draw(const struct trend *trend, FILE *out, struct diag *diag)
{
    char gnuplot[4096];
    int rc = gnuplot_find(gnuplot, sizeof(gnuplot), diag);
    if (rc < 0) {
        return rc;
    }
    struct trend_figure figure = {.gnuplot = gnuplot};
    static struct trend_panel panels[TREND_FIGURE_PANELS];
    static char zeros[TREND_FIGURE_PANELS][64];
    for (size_t i = 0; i < trend->n && figure.n < TREND_FIGURE_PANELS; i++) {
        const struct trend_series *series = &trend->series[i];
        trend_zeros(series, zeros[i], sizeof(zeros[i]));
        panels[figure.n++] = (struct trend_panel){
            .title = series->cell,
            .metric = series->metric,
            .unit = series->unit,
            .zeros = zeros[i],
            .run = series->run,
            .median = series->median,
            .low = series->low,
            .high = series->high,
            .n = series->n,
            .changes = series->changes,
            .n_changes = series->n_changes,
        };
    }
    figure.panels = panels;
    figure.left_out = trend->n - figure.n;
    figure.runs = trend->runs;
    figure.warnings = trend->warnings;
    return trend_figure_draw(&figure, out, diag);
}

static int write_format(const char *format, const struct trend *trend,
                        FILE *out, struct diag *diag)
{
    if (strcmp(format, "svg") == 0) {
        return draw(trend, out, diag);
    }
    if (strcmp(format, "json") == 0) {
        json_t *json = trend_to_json(trend);
        must(json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) ==
                 0 ||
             ferror(out));
        json_decref(json);
        fputc('\n', out);
        return 0;
    }
    trend_write_text(trend, out);
    return 0;
}

static int write_output(const struct arguments *arguments,
                        const struct trend *trend, struct diag *diag)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    must(memory != NULL);
    int rc = write_format(arguments->format, trend, memory, diag);
    must(fclose(memory) == 0);
    if (rc == 0 && !arguments->output) {
        fwrite(text, 1, size, stdout);
    } else if (rc == 0) {
        rc = atomic_file_put(arguments->output, text, size, false, diag);
    }
    free(text);
    return rc;
}

int trend_command(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments;
    struct trend trend;
    int rc = parse_arguments(argc, argv, &arguments, diag);
    rc = rc < 0 ? rc
                : trend_read(arguments.paths, arguments.n, arguments.metrics,
                             arguments.margin, arguments.force, &trend, diag);
    if (rc < 0) {
        return rc;
    }
    if (trend.doubles > 0) {
        fprintf(stderr,
                "gilbench: %zu run%s there more than once and count%s once\n",
                trend.doubles, trend.doubles == 1 ? " is" : "s are",
                trend.doubles == 1 ? "s" : "");
    }
    if (trend.torn > 0) {
        fprintf(stderr,
                "gilbench: passed over %zu line%s that no run has written "
                "whole\n",
                trend.torn, trend.torn == 1 ? "" : "s");
    }
    rc = write_output(&arguments, &trend, diag);
    trend_deinit(&trend);
    return rc < 0 ? rc : EXIT_FINE;
}
