/* SPDX-License-Identifier: MIT */
#include "bench/plan_option.h"

#include "bench/option.h"

#include <errno.h>

int plan_option(int option, const char *text, struct plan_request *plan,
                struct diag *diag)
{
    switch (option) {
    case PLAN_OPTION_WORKLOAD:
        plan->workload = text;
        return 0;
    case PLAN_OPTION_MODEL:
        plan->model = text;
        return 0;
    case PLAN_OPTION_LOCK:
        plan->lock = text;
        return 0;
    case PLAN_OPTION_TASKS:
        plan->tasks = text;
        return 0;
    case PLAN_OPTION_PLACEMENT:
        plan->placement = text;
        return 0;
    case PLAN_OPTION_SET:
        ((const char **)plan->sets)[plan->n_sets++] = text;
        return 0;
    case PLAN_OPTION_SLICES:
        return option_count("slices", text, PLAN_SLICES_MAX, &plan->slices,
                            diag);
    case PLAN_OPTION_SLICE_MS:
        return option_count("slice-ms", text, PLAN_SLICE_MS_MAX,
                            &plan->slice_ms, diag);
    default:
        return -ENOENT;
    }
}
