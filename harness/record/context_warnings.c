/* SPDX-License-Identifier: MIT */
/* What a reader of the figures should know, each with what to do about it. */
#include "harness/base/must.h"
#include "harness/record/build_info.h"
#include "harness/record/context.h"
#include "harness/record/json_value.h"

#include <stdarg.h>
#include <string.h>

/* Tasks waited for a CPU in this share of the last 10 s. */
#define PRESSURE_PERCENT 5.0

/* Runnable tasks over the last minute: this many a PU, but at least so many
 * on the machine. */
#define LOAD_PER_PU 0.1
#define LOAD_LEAST  0.5

__attribute__((format(printf, 4, 5))) static void warn(json_t *warnings,
                                                       const char *code,
                                                       const char *advice,
                                                       const char *message, ...)
{
    char text[512];
    va_list args;
    va_start(args, message);
    vsnprintf(text, sizeof(text), message, args);
    va_end(args);
    must(json_array_append_new(warnings, json_pack("{ss so ss}", "code", code,
                                                   "message", json_text(text),
                                                   "advice", advice)) == 0);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_or_nan(json_object_get(object, key));
}

static void warn_governor(const json_t *context, json_t *warnings)
{
    const char *governor = text_of(context, "governor");
    if (governor && strcmp(governor, "performance") != 0) {
        warn(warnings, "governor",
             "set it for the time of the run: cpupower frequency-set -g "
             "performance",
             "the CPU governor is '%s': the clock of the cores changes with "
             "the load",
             governor);
    }
}

/* Comparisons with NAN are false: what is unknown warns of nothing. */
static void warn_load(const json_t *context, json_t *warnings)
{
    static const char *const advice =
        "end what else runs, or wait a minute if it was a build just now; "
        "each slice records the pressure it met";
    const json_t *average = json_object_get(context, "load_average");
    double load = json_number_or_nan(json_array_get(average, 0));
    double pressure = number_of(context, "pressure_cpu_avg10");
    double pus = number_of(json_object_get(context, "topology"), "pus_machine");
    double limit =
        pus * LOAD_PER_PU > LOAD_LEAST ? pus * LOAD_PER_PU : LOAD_LEAST;
    if (pressure >= PRESSURE_PERCENT) {
        warn(warnings, "other_load", advice,
             "before the run began tasks waited for a CPU in %.0f %% of 10 s",
             pressure);
    } else if (load >= limit) {
        warn(warnings, "other_load", advice,
             "before the run began %.2f tasks were running on average over "
             "a minute",
             load);
    }
}

static void warn_quota(const json_t *context, json_t *warnings)
{
    const json_t *topology = json_object_get(context, "topology");
    double quota = number_of(topology, "quota_cpus");
    double pus = number_of(topology, "pus");
    if (quota < pus) {
        warn(warnings, "cpu_quota",
             "raise the quota (docker --cpus, systemd CPUQuota), or use fewer "
             "PUs: --placement pus=LIST; each slice records throttled_s",
             "the cgroup's quota is %.2f CPUs, %.0f PUs are allowed: with "
             "more busy threads than the quota the kernel stops all of them "
             "for a part of every period",
             quota, pus);
    }
}

static void warn_virtual(const json_t *context, json_t *warnings)
{
    const char *hypervisor = text_of(context, "hypervisor");
    if (hypervisor && strcmp(hypervisor, "none") != 0) {
        warn(warnings, "virtual_machine",
             "look at steal_s of the slices and compare only what was "
             "measured side by side; a machine of its own is quieter",
             "this is a virtual machine (%s): what its CPUs share with "
             "others cannot be seen from inside",
             hypervisor);
    }
}

void context_build_warnings(const json_t *build, json_t *warnings)
{
    const char *sanitizer = text_of(build, "sanitizer");
    const char *flags = text_of(build, "flags");
    if (sanitizer) {
        warn(warnings, "sanitizer", "measure with a build without sanitizers",
             "the program was built with the %s sanitizer and is several "
             "times slower, not by the same factor everywhere",
             sanitizer);
    }
    if (flags && (strstr(flags, "-O0") || !strstr(flags, "-O"))) {
        warn(warnings, "debug_build",
             "build with --buildtype debugoptimized or release",
             "the program was built without optimisation (%s)", flags);
    }
    if (json_is_true(json_object_get(build, "dirty"))) {
        warn(warnings, "dirty_build", "commit, then build and measure again",
             "the program was built from changed files: the commit alone "
             "does not say what was measured");
    }
}

void context_warnings(const json_t *context, json_t *warnings)
{
    warn_governor(context, warnings);
    warn_load(context, warnings);
    warn_quota(context, warnings);
    warn_virtual(context, warnings);
    json_t *build = build_info();
    context_build_warnings(build, warnings);
    json_decref(build);
}
