/* SPDX-License-Identifier: MIT */
/* Carrying out a resolved plan. */
#pragma once

#include "bench/plan.h"

struct run_request {
    struct plan_request plan;
    const char *output; /* NULL: the document goes to stdout */
    bool resume;
    bool force;
    bool dry_run;
    bool quiet;
    bool seed_given;
    uint64_t seed;
};

/* Returns an exit code or a negative errno with `diag` filled. */
int run_plan(struct run_request *request, struct diag *diag);
