/* SPDX-License-Identifier: MIT */
/* gilbench run: measure. */
#include "bench/command.h"
#include "bench/option.h"
#include "bench/plan_option.h"
#include "bench/run.h"
#include "harness/base/must.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

enum {
    OPTION_REPS = 256,
    OPTION_BUDGET,
    OPTION_SEED,
    OPTION_SHARD,
    OPTION_OUTPUT,
    OPTION_RESUME,
    OPTION_FORCE,
    OPTION_DRY_RUN,
    OPTION_QUIET,
};

static const struct option options[] = {
    PLAN_OPTIONS,
    {"reps", required_argument, NULL, OPTION_REPS},
    {"budget", required_argument, NULL, OPTION_BUDGET},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"shard", required_argument, NULL, OPTION_SHARD},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {0},
};

static int parse_option(int option, const char *text,
                        struct run_request *request, struct diag *diag)
{
    struct plan_request *plan = &request->plan;
    switch (option) {
    case OPTION_REPS:
        return option_count("reps", text, PLAN_REPS_MAX, &plan->reps, diag);
    case OPTION_BUDGET:
        return option_seconds("budget", text, &plan->budget_s, diag);
    case OPTION_SEED:
        request->seed_given = true;
        return option_number("seed", text, UINT32_MAX, &request->seed, diag);
    case OPTION_SHARD:
        plan->shard = text;
        return 0;
    case OPTION_OUTPUT:
        request->output = text;
        return 0;
    case OPTION_RESUME:
        request->resume = true;
        return 0;
    case OPTION_FORCE:
        request->force = true;
        return 0;
    case OPTION_DRY_RUN:
        request->dry_run = true;
        return 0;
    case OPTION_QUIET:
        request->quiet = true;
        return 0;
    default:
        return plan_option(option, text, plan, diag);
    }
}

static int parse_arguments(int argc, char **argv, struct run_request *request,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == ':' || option == '?') {
            return option_refused(option, argv, diag);
        }
        int rc = parse_option(option, optarg, request, diag);
        if (rc < 0) {
            return rc;
        }
    }
    request->plan.plans = (const char *const *)(argv + optind);
    request->plan.n_plans = (size_t)(argc - optind);
    if (request->resume && request->force) {
        return diag_set(diag, -EINVAL,
                        "run: --resume goes on, --force starts afresh: "
                        "choose one");
    }
    if (request->resume && !request->output) {
        return diag_set(diag, -EINVAL,
                        "run: --resume needs --output, the file to go on "
                        "with");
    }
    return 0;
}

static int cmd_run(int argc, char **argv, struct diag *diag)
{
    struct run_request request = {0};
    const char **sets = must_calloc((size_t)argc, sizeof(*sets));
    request.plan.sets = sets;
    int rc = parse_arguments(argc, argv, &request, diag);
    if (rc == 0) {
        rc = run_plan(&request, diag);
    }
    free(sets);
    return rc;
}

const struct command command_run = {
    .name = "run",
    .usage = "run [PLAN|FILE ...] [OPTION ...]",
    .summary = "measure a plan, or the cells that the options span",
    .help =
        "With a plan (see `gilbench list plans`), --workload, --model, --lock "
        "and\n--placement select among its cells; --tasks, --reps, --slices, "
        "--slice-ms and\n--set replace its values. Without one the options "
        "span a product and --workload\nis required.\n\n"
        "  --workload G       comma list of names or globs\n"
        "  --model G          the same; default: all\n"
        "  --lock G           for models that take a lock; default: cpython3\n"
        "  --tasks LIST       comma list of numbers; default: 1\n"
        "  --placement G      default: per_core; see `gilbench topology`\n"
        "  --set KEY=VALUE    a parameter of a selected unit; may be "
        "repeated,\n                     VALUE may be a comma list\n"
        "  --reps N           repetitions, each a fresh process; default: 6\n"
        "  --slices N         slices a repetition; default: 5\n"
        "  --slice-ms N       length of a slice; default: 100\n"
        "  --budget SECONDS   begin no repetition that would end later; "
        "default: the\n                     plan's\n"
        "  --seed N           of the random order; default: a fresh one\n"
        "  --shard I/N        every N-th cell, starting with the I-th\n"
        "  --output FILE      the document; default: stdout\n"
        "  --resume           go on with the document in --output\n"
        "  --force            replace the document in --output\n"
        "  --dry-run          print the cells and the time they will take\n"
        "  --quiet            no progress, no table\n",
    .run = cmd_run,
};
