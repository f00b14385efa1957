/* SPDX-License-Identifier: MIT */
/* gilbench compare: is the new side slower than the base? */
#include "bench/command.h"
#include "bench/compare.h"
#include "bench/option.h"
#include "bench/plan_option.h"
#include "bench/trend.h"
#include "bench/trend_command.h"
#include "harness/base/atomic_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#define INJECT_MOST_PCT 1000.0

enum {
    OPTION_BASE = 256,
    OPTION_NEW,
    OPTION_PAIRS,
    OPTION_ONCE,
    OPTION_MARGIN,
    OPTION_METRIC,
    OPTION_ESTIMATOR,
    OPTION_DESIGN,
    OPTION_GATE,
    OPTION_BUDGET,
    OPTION_SEED,
    OPTION_INJECT,
    OPTION_STRICT,
    OPTION_FROM,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_FORCE,
    OPTION_DRY_RUN,
    OPTION_QUIET,
};

static const struct option options[] = {
    PLAN_OPTIONS,
    {"base", required_argument, NULL, OPTION_BASE},
    {"new", required_argument, NULL, OPTION_NEW},
    {"pairs", required_argument, NULL, OPTION_PAIRS},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"margin", required_argument, NULL, OPTION_MARGIN},
    {"metric", required_argument, NULL, OPTION_METRIC},
    {"estimator", required_argument, NULL, OPTION_ESTIMATOR},
    {"design", required_argument, NULL, OPTION_DESIGN},
    {"gate", required_argument, NULL, OPTION_GATE},
    {"budget", required_argument, NULL, OPTION_BUDGET},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"from", required_argument, NULL, OPTION_FROM},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {0},
};

static const char *const formats[] = {"text", "json", "markdown", "junit",
                                      NULL};
static const char *const designs[] = {"pairs", "duet", NULL};
static const char *const gates[] = {"pinned", "all", NULL};

struct arguments {
    struct compare_request request;
    const char *from;
    const char *format;
    const char *output;
    bool force;
    bool measures; /* an option was given that --from has no use for */
};

/* One of two words; true: the second. */
static int parse_choice(const char *option, const char *text,
                        const char *const *words, bool *ret, struct diag *diag)
{
    const char *word = NULL;
    int rc = option_word(option, text, words, &word, diag);
    *ret = word == words[1];
    return rc;
}

/* How it is judged and told: also with --from. */
static int parse_judging(int option, const char *text,
                         struct arguments *arguments, struct diag *diag)
{
    struct compare_request *request = &arguments->request;
    switch (option) {
    case OPTION_MARGIN:
        ((const char **)request->margins)[request->n_margins++] = text;
        return 0;
    case OPTION_METRIC:
        request->metrics = text;
        return 0;
    case OPTION_ESTIMATOR:
        request->estimator = text;
        return 0;
    case OPTION_STRICT:
        request->strict = true;
        return 0;
    case OPTION_FROM:
        arguments->from = text;
        return 0;
    case OPTION_FORMAT:
        return option_word("format", text, formats, &arguments->format, diag);
    case OPTION_OUTPUT:
        arguments->output = text;
        return 0;
    case OPTION_FORCE:
        arguments->force = true;
        return 0;
    case OPTION_QUIET:
        request->quiet = true;
        return 0;
    default:
        return -ENOENT;
    }
}

static int parse_measuring(int option, const char *text,
                           struct compare_request *request, struct diag *diag)
{
    switch (option) {
    case OPTION_BASE:
        request->sides[COMPARE_BASE] = text;
        return 0;
    case OPTION_NEW:
        request->sides[COMPARE_NEW] = text;
        return 0;
    case OPTION_PAIRS:
        return option_count("pairs", text, COMPARE_PAIRS_MAX, &request->pairs,
                            diag);
    case OPTION_ONCE:
        request->once = true;
        return 0;
    case OPTION_DESIGN:
        return parse_choice("design", text, designs, &request->duet, diag);
    case OPTION_GATE:
        return parse_choice("gate", text, gates, &request->gate_all, diag);
    case OPTION_BUDGET:
        return option_seconds("budget", text, &request->plan.budget_s, diag);
    case OPTION_SEED:
        request->seed_given = true;
        return option_number("seed", text, UINT32_MAX, &request->seed, diag);
    case OPTION_INJECT:
        return option_permille("inject", text, INJECT_MOST_PCT,
                               &request->inject_permille, diag);
    case OPTION_DRY_RUN:
        request->dry_run = true;
        return 0;
    default:
        return plan_option(option, text, &request->plan, diag);
    }
}

static int check_arguments(const struct arguments *arguments, struct diag *diag)
{
    const struct compare_request *request = &arguments->request;
    if (arguments->from && (arguments->measures || request->plan.n_plans)) {
        return diag_set(diag, -EINVAL,
                        "compare: --from judges a file and measures nothing; "
                        "of the other options it takes --margin, --metric, "
                        "--estimator, --strict and those of the output");
    }
    if (!arguments->from && !request->sides[COMPARE_BASE] &&
        !request->sides[COMPARE_NEW]) {
        return diag_set(diag, -EINVAL,
                        "compare: what with what? Give --base, --new or both; "
                        "one that is left out is this program as it is%s",
                        request->plan.n_plans
                            ? ". For results that are stored already: "
                              "gilbench compare --stored RESULT..."
                            : "");
    }
    if (!arguments->from && !request->plan.n_plans && !request->plan.workload) {
        return diag_set(diag, -EINVAL,
                        "compare: which cells? Name a plan, as in `gilbench "
                        "compare ci`, or give --workload; see gilbench list");
    }
    return option_output(
        arguments->output,
        arguments->force || request->dry_run ? NULL : "--force replaces it",
        diag);
}

static int parse_arguments(int argc, char **argv, struct arguments *arguments,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    arguments->format = formats[0];
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == ':' || option == '?') {
            return option_refused(option, argv, diag);
        }
        int rc = parse_judging(option, optarg, arguments, diag);
        if (rc == -ENOENT) {
            arguments->measures = true;
            rc = parse_measuring(option, optarg, &arguments->request, diag);
        }
        if (rc < 0) {
            return rc;
        }
    }
    struct plan_request *plan = &arguments->request.plan;
    plan->plans = (const char *const *)(argv + optind);
    plan->n_plans = (size_t)(argc - optind);
    return check_arguments(arguments, diag);
}

static int judge_file(const struct arguments *arguments, json_t **ret,
                      struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *document = NULL;
    int rc = compare_document_load(arguments->from, &document, diag);
    rc = rc < 0 ? rc : compare_options(&arguments->request, document, diag);
    if (rc == 0) {
        compare_judge(document);
        *ret = steal(&document);
    }
    return rc;
}

static void write_format(const char *format, const json_t *document,
                         bool colour, FILE *out)
{
    if (strcmp(format, "json") == 0) {
        compare_document_write(document, out);
    } else if (strcmp(format, "markdown") == 0) {
        compare_write_markdown(document, out);
    } else if (strcmp(format, "junit") == 0) {
        compare_write_junit(document, out);
    } else {
        compare_write_text(document, colour, out);
    }
}

static bool wants_colour(int fd)
{
    const char *no = getenv("NO_COLOR");
    return isatty(fd) == 1 && !(no && *no);
}

static int store(const struct arguments *arguments, const json_t *document,
                 struct diag *diag)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    write_format(arguments->format, document, false, out);
    must(fclose(out) == 0);
    int rc = atomic_file_put(arguments->output, text, size, true, diag);
    free(text);
    return rc;
}

/* The report goes where it was asked for; a person gets the table too. */
static int report(const struct arguments *arguments, const json_t *document,
                  struct diag *diag)
{
    bool text = strcmp(arguments->format, "text") == 0;
    if (!arguments->output) {
        write_format(arguments->format, document, wants_colour(STDOUT_FILENO),
                     stdout);
    }
    if ((arguments->output || !text) && !arguments->request.quiet &&
        !arguments->from) {
        compare_write_text(document, wants_colour(STDERR_FILENO), stderr);
    }
    int rc = arguments->output ? store(arguments, document, diag) : 0;
    return rc < 0 ? rc : compare_exit_code(document);
}

static int compare(const struct arguments *arguments, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *document = NULL;
    int rc = arguments->from
                 ? judge_file(arguments, &document, diag)
                 : compare_measure(&arguments->request, &document, diag);
    return rc < 0 || !document ? rc : report(arguments, document, diag);
}

static int cmd_compare(int argc, char **argv, struct diag *diag)
{
    if (trend_is_asked(argc, argv)) {
        return trend_command(argc, argv, diag);
    }
    struct arguments arguments = {0};
    const char **sets = must_calloc((size_t)argc, sizeof(*sets));
    const char **margins = must_calloc((size_t)argc, sizeof(*margins));
    arguments.request.plan.sets = sets;
    arguments.request.margins = margins;
    int rc = parse_arguments(argc, argv, &arguments, diag);
    rc = rc < 0 ? rc : compare(&arguments, diag);
    free(sets);
    free(margins);
    return rc;
}

const struct command command_compare = {
    .name = "compare",
    .usage = "compare --base SIDE --new SIDE [PLAN|FILE ...] [OPTION ...]\n"
             "       gilbench compare --stored RESULT|HISTORY... [OPTION ...]",
    .summary = "is the new side slower? Pairs, an interval, a verdict",
    .help =
        "SIDE is a program, settings, or both: './old/gilbench', "
        "'lock=mutex',\n'./gilbench switch_interval_us=500 lock=cpython3'. "
        "Settings are lock, model,\nplacement, tasks and parameters. `this` is "
        "the running program, as is a side that\nis left out. The cells are "
        "those of a plan, or of --workload and so on, as with\n`gilbench "
        "run`.\n\n"
        "  --base SIDE        what was\n"
        "  --new SIDE         what is to be judged\n"
        "  --pairs N          pairs of processes a cell; default: 20, and 60 "
        "without a plan\n                     if not all cells are one "
        "computing task\n"
        "  --once             do not measure as many again where it is "
        "unclear\n"
        "  --margin [G:]PCT   differences that do not matter; G: a glob of "
        "cells,\n"
        "                     workloads, metrics or WORKLOAD:METRIC; may be "
        "repeated;\n"
        "                     default: 2 for one task of class cpu, else 5\n"
        "  --metric G         what is judged; default: steps_per_s,\n"
        "                     background_steps_per_s\n"
        "  --estimator median|min   of a process's slices; min for pinned "
        "cells\n"
        "  --design pairs|duet      duet: both sides at once, on two PUs; for "
        "cells with\n                           one thread\n"
        "  --gate pinned|all  cells whose tasks are not bound decide nothing "
        "by default\n"
        "  --budget SECONDS   begin no pair that would end later; default: the "
        "plan's\n"
        "  --seed N           of the random order; default: a fresh one\n"
        "  --inject PCT       slow the new side down, to see the gate fail\n"
        "  --strict           exit 3 if something is unclear\n"
        "  --from FILE        judge a stored comparison again\n"
        "  --format text|json|markdown|junit\n"
        "  --output FILE      default: stdout\n"
        "  --force            replace the file in --output\n"
        "  --dry-run          print the cells and the time they will take\n"
        "  --quiet            no progress, no table on stderr\n"
        "  --workload G, --model G, --lock G, --tasks LIST, --placement G,\n"
        "  --set KEY=VALUE, --slices N, --slice-ms N   as with `gilbench "
        "run`\n\n"
        "With --stored: where the series of stored runs changed their level, "
        "by\n" TREND_METHOD ". It looks at results and at what\n`gilbench "
        "history` keeps, of one machine, and never gates.\n\n"
        "  --metric G         default: steps_per_s\n"
        "  --margin PCT       smaller changes are not told; default: 5\n"
        "  --format text|json|svg\n"
        "  --output FILE, --force   --force also takes several machines\n\n"
        "exit codes: 0 nothing slower; 1 slower; 2 bad input; 3 unclear "
        "(--strict);\n4 a cell failed, timed out or got no pair, or nothing "
        "was judged; 5 not\ncomparable\n",
    .run = cmd_compare,
};
