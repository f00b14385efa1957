/* SPDX-License-Identifier: MIT */
/* gilbench selftest: how often would compare err here, and what can it see? */
#include "bench/command.h"
#include "bench/option.h"
#include "bench/selftest.h"
#include "harness/base/atomic_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <getopt.h>

#define PAIRS           20 /* of a comparison */
#define INJECT_PERMILLE 100
#define INJECT_MOST_PCT 1000.0

enum {
    OPTION_INJECT = 256,
    OPTION_PAIRS,
    OPTION_ESTIMATOR,
    OPTION_SEED,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_FORCE,
    OPTION_QUIET,
};

static const struct option options[] = {
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"pairs", required_argument, NULL, OPTION_PAIRS},
    {"estimator", required_argument, NULL, OPTION_ESTIMATOR},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {0},
};

static const char *const formats[] = {"text", "json", NULL};

struct arguments {
    struct compare_request request;
    const char *format;
    const char *output;
    bool force;
};

static int parse_option(int option, struct arguments *arguments,
                        struct diag *diag)
{
    struct compare_request *request = &arguments->request;
    switch (option) {
    case OPTION_INJECT:
        return option_permille("inject", optarg, INJECT_MOST_PCT,
                               &request->inject_permille, diag);
    case OPTION_PAIRS:
        return option_count("pairs", optarg, COMPARE_PAIRS_MAX / 2,
                            &request->pairs, diag);
    case OPTION_ESTIMATOR:
        request->estimator = optarg;
        return 0;
    case OPTION_SEED:
        request->seed_given = true;
        return option_number("seed", optarg, UINT32_MAX, &request->seed, diag);
    case OPTION_FORMAT:
        return option_word("format", optarg, formats, &arguments->format, diag);
    case OPTION_OUTPUT:
        arguments->output = optarg;
        return 0;
    case OPTION_FORCE:
        arguments->force = true;
        return 0;
    default:
        request->quiet = true;
        return 0;
    }
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
        int rc = parse_option(option, arguments, diag);
        if (rc < 0) {
            return rc;
        }
    }
    if (optind < argc) {
        return diag_set(diag, -EINVAL, "selftest takes no argument: %.200s",
                        argv[optind]);
    }
    return option_output(arguments->output,
                         arguments->force ? NULL : "--force replaces it", diag);
}

/* This program with itself, first as it is, then slowed down. */
static int measure(const struct compare_request *request, json_t **ret_equal,
                   json_t **ret_injected, struct diag *diag)
{
    struct compare_request equal = *request;
    struct compare_request injected = *request;
    equal.pairs = 2 * request->pairs; /* they tell more of the machine */
    equal.once = true;
    equal.inject_permille = 0;
    int rc = compare_measure(&equal, ret_equal, diag);
    return rc < 0 ? rc : compare_measure(&injected, ret_injected, diag);
}

static int write_format(const struct arguments *arguments,
                        const struct selftest *selftest, FILE *out)
{
    if (arguments->format == formats[0]) {
        selftest_write_text(selftest, out);
        return 0;
    }
    json_t *json = selftest_to_json(selftest);
    int rc = json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(json);
    fputc('\n', out);
    return rc;
}

static int report(const struct arguments *arguments,
                  const struct selftest *selftest, struct diag *diag)
{
    _cleanup_(free_p) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL && write_format(arguments, selftest, out) == 0);
    must(fclose(out) == 0);
    if (!arguments->output) {
        fwrite(text, 1, size, stdout);
        return 0;
    }
    if (!arguments->request.quiet) {
        selftest_write_text(selftest, stderr);
    }
    return atomic_file_put(arguments->output, text, size, true, diag);
}

static int run_selftest(const struct arguments *arguments, struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *equal = NULL;
    _cleanup_(json_decref_p) json_t *injected = NULL;
    uint64_t begin = clock_now_ns();
    int rc = measure(&arguments->request, &equal, &injected, diag);
    if (rc < 0) {
        return rc;
    }
    struct selftest selftest = {
        .request = &arguments->request, .equal = equal, .injected = injected};
    selftest_make(&selftest);
    selftest.took_s = (double)(clock_now_ns() - begin) / (double)NS_PER_S;
    rc = report(arguments, &selftest, diag);
    rc = rc < 0 ? rc : selftest_exit_code(&selftest);
    selftest_deinit(&selftest);
    return rc;
}

static int cmd_selftest(int argc, char **argv, struct diag *diag)
{
    static const char *const plans[] = {"selftest"};
    struct arguments arguments = {
        .request = {.plan = {.plans = plans, .n_plans = 1},
                    .pairs = PAIRS,
                    .inject_permille = INJECT_PERMILLE}};
    int rc = parse_arguments(argc, argv, &arguments, diag);
    if (rc == 0 && !arguments.request.seed_given) {
        arguments.request.seed_given = true;
        arguments.request.seed = rng_fresh_seed();
    }
    return rc < 0 ? rc : run_selftest(&arguments, diag);
}

const struct command command_selftest = {
    .name = "selftest",
    .usage = "selftest [OPTION ...]",
    .summary = "how often compare would err on this machine, and what it finds",
    .help =
        "Compares this program with itself, then with itself slowed down, in "
        "a cell of each\nclass, for about a minute, and tells for each class: "
        "false alarms without and with\nthe margin, the smallest change that "
        "would be found, the seconds that takes, and\nwhat became of the "
        "slowdown.\n\n"
        "  --inject PCT       the slowdown; default: 10\n"
        "  --pairs N          of a comparison; default: 20\n"
        "  --estimator median|min   as with `gilbench compare`\n"
        "  --seed N           of the random order; default: a fresh one\n"
        "  --format text|json   json: results/schema/selftest.json, for CI "
        "to keep\n"
        "  --output FILE      default: stdout\n"
        "  --force            replace the file in --output\n"
        "  --quiet            no progress\n\n"
        "exit codes: 0 fine; 1 the program was called slower or faster than "
        "itself; 3 the\nslowdown was found in no class; 4 a cell failed\n",
    .run = cmd_selftest,
};
