/* SPDX-License-Identifier: MIT */
#include "claims/claim.h"
#include "harness/record/json_value.h"
#include "harness/record/summary.h"
#include "plots/figure_cell.h"

#include <math.h>

static double metric(const char *name, const json_t *repetition)
{
    const struct metric *of = summary_metric(name);
    must(of != NULL);
    return of->get(of, repetition);
}

double claim_steps_per_s(const json_t *cell, const json_t *repetition)
{
    (void)cell;
    return metric("steps_per_s", repetition);
}

double claim_seconds_per_step(const json_t *cell, const json_t *repetition)
{
    return 1.0 / claim_steps_per_s(cell, repetition);
}

double claim_switches_per_s(const json_t *cell, const json_t *repetition)
{
    (void)cell;
    return metric("switches_per_s", repetition);
}

double claim_vain_per_s(const json_t *cell, const json_t *repetition)
{
    (void)cell;
    return 1.0 + metric("vain_wakeups_per_s", repetition);
}

double claim_switches_per_interval(const json_t *cell, const json_t *repetition)
{
    const json_t *lock = json_object_get(repetition, "lock");
    double switches = json_number_or_nan(json_object_get(lock, "switches"));
    double cpu_s = json_number_or_nan(json_object_get(repetition, "cpu_s"));
    double interval_us;
    return figure_cell_number(cell, "switch_interval_us", &interval_us)
               ? switches * interval_us * 1e-6 / cpu_s
               : NAN;
}

double claim_kernel_switches(const json_t *cell, const json_t *repetition)
{
    (void)cell;
    const json_t *kernel = json_object_get(repetition, "switches");
    const json_t *loop = json_object_get(repetition, "loop");
    return json_number_or_nan(json_object_get(kernel, "voluntary")) /
           json_number_or_nan(json_object_get(loop, "switches"));
}
