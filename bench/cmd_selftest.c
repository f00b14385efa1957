/* SPDX-License-Identifier: MIT */
/* gilbench selftest: how often would compare err here, and what can it see? */
#include "bench/command.h"
#include "bench/option.h"
#include "bench/selftest.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <getopt.h>

#define PAIRS           20 /* of a comparison */
#define INJECT_PERMILLE 100
#define INJECT_MOST_PCT 1000.0

enum {
    OPTION_INJECT = 256,
    OPTION_PAIRS,
    OPTION_SEED,
    OPTION_QUIET,
};

static const struct option options[] = {
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"pairs", required_argument, NULL, OPTION_PAIRS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {0},
};

static int parse_option(int option, struct compare_request *request,
                        struct diag *diag)
{
    switch (option) {
    case OPTION_INJECT:
        return option_permille("inject", optarg, INJECT_MOST_PCT,
                               &request->inject_permille, diag);
    case OPTION_PAIRS:
        return option_count("pairs", optarg, COMPARE_PAIRS_MAX / 2,
                            &request->pairs, diag);
    case OPTION_SEED:
        request->seed_given = true;
        return option_number("seed", optarg, UINT32_MAX, &request->seed, diag);
    default:
        request->quiet = true;
        return 0;
    }
}

static int parse_arguments(int argc, char **argv,
                           struct compare_request *request, struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == ':' || option == '?') {
            return option_refused(option, argv, diag);
        }
        int rc = parse_option(option, request, diag);
        if (rc < 0) {
            return rc;
        }
    }
    if (optind < argc) {
        return diag_set(diag, -EINVAL, "selftest takes no argument: %.200s",
                        argv[optind]);
    }
    return 0;
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

static int cmd_selftest(int argc, char **argv, struct diag *diag)
{
    static const char *const plans[] = {"selftest"};
    struct compare_request request = {.plan = {.plans = plans, .n_plans = 1},
                                      .pairs = PAIRS,
                                      .inject_permille = INJECT_PERMILLE};
    json_t *equal = NULL;
    json_t *injected = NULL;
    int rc = parse_arguments(argc, argv, &request, diag);
    rc = rc < 0 ? rc : measure(&request, &equal, &injected, diag);
    if (rc == 0) {
        size_t n = 0;
        struct selftest_row *rows =
            selftest_rows(equal, injected, request.pairs, request.seed, &n);
        selftest_write(rows, n, &request, stdout);
        free(rows);
        rc = selftest_exit_code(equal, injected);
    }
    json_decref(equal);
    json_decref(injected);
    return rc;
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
        "  --seed N           of the random order; default: a fresh one\n"
        "  --quiet            no progress\n\n"
        "exit codes: 0 fine; 1 the program was called slower or faster than "
        "itself; 3 the\nslowdown was found in no class; 4 a cell failed\n",
    .run = cmd_selftest,
};
