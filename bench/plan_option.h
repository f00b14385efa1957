/* SPDX-License-Identifier: MIT */
/* The options that say which cells: the same words in all commands. */
#pragma once

#include "bench/plan.h"

#include <getopt.h>

enum {
    PLAN_OPTION_WORKLOAD = 512,
    PLAN_OPTION_MODEL,
    PLAN_OPTION_LOCK,
    PLAN_OPTION_TASKS,
    PLAN_OPTION_PLACEMENT,
    PLAN_OPTION_SET,
    PLAN_OPTION_SLICES,
    PLAN_OPTION_SLICE_MS,
};

/* For getopt_long(). */
#define PLAN_OPTIONS                                                           \
    {"workload", required_argument, NULL, PLAN_OPTION_WORKLOAD},               \
        {"model", required_argument, NULL, PLAN_OPTION_MODEL},                 \
        {"lock", required_argument, NULL, PLAN_OPTION_LOCK},                   \
        {"tasks", required_argument, NULL, PLAN_OPTION_TASKS},                 \
        {"placement", required_argument, NULL, PLAN_OPTION_PLACEMENT},         \
        {"set", required_argument, NULL, PLAN_OPTION_SET},                     \
        {"slices", required_argument, NULL, PLAN_OPTION_SLICES},               \
    {                                                                          \
        "slice-ms", required_argument, NULL, PLAN_OPTION_SLICE_MS              \
    }

/* Takes one of them into `plan`, whose `sets` has room. -ENOENT: it is none of
 * them; -EINVAL: its value is wrong. */
int plan_option(int option, const char *text, struct plan_request *plan,
                struct diag *diag);
