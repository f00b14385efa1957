/* SPDX-License-Identifier: MIT */
#include "harness/record/finding.h"

#include "harness/base/cacheline.h"
#include "harness/record/build_info.h"
#include "harness/record/context.h"
#include "harness/record/json_value.h"

#include <stdarg.h>

/* Tasks waited for a CPU in this share of the last 10 s. */
#define PRESSURE_PERCENT 5.0

/* Runnable tasks over the last minute: this many a PU, but at least so many
 * on the machine. */
#define LOAD_PER_PU 0.1
#define LOAD_LEAST  0.5

/* Of the time of one PU: what the host took from this machine. */
#define STEAL_PERCENT 0.5

/* A reading through the vDSO takes 20 to 50 ns; a system call more. */
#define CLOCK_READ_NS 100.0

void finding_set(struct finding *finding, enum finding_state state,
                 const char *advice, const char *message, ...)
{
    va_list args;
    va_start(args, message);
    vsnprintf(finding->message, sizeof(finding->message), message, args);
    va_end(args);
    finding->state = state;
    snprintf(finding->advice, sizeof(finding->advice), "%s",
             advice ? advice : "");
}

const char *finding_state_name(enum finding_state state)
{
    static const char *const names[] = {"fine", "notice", "matters", "unknown"};
    return names[state];
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_or_nan(json_object_get(object, key));
}

static void look_at_governor(const json_t *context, struct finding *ret)
{
    const char *governor = text_of(context, "governor");
    if (!governor) {
        finding_set(ret, FINDING_UNKNOWN, NULL,
                    "the kernel does not say, as in most virtual machines");
    } else if (strcmp(governor, "performance") == 0) {
        finding_set(ret, FINDING_FINE, NULL, "performance");
    } else {
        finding_set(ret, FINDING_MATTERS,
                    "set it for the time of the run: cpupower frequency-set -g "
                    "performance",
                    "the CPU governor is '%s': the clock of the cores changes "
                    "with the load",
                    governor);
    }
}

static void look_at_turbo(const json_t *context, struct finding *ret)
{
    const json_t *turbo = json_object_get(context, "turbo");
    if (json_is_true(turbo)) {
        finding_set(ret, FINDING_NOTICE,
                    "where it is to be told apart: echo 0 > "
                    "/sys/devices/system/cpu/cpufreq/boost for the time of the "
                    "run, 1 afterwards (intel_pstate/no_turbo: 1, then 0)",
                    "on: a core is faster while the others idle, so that one "
                    "task gets more than its share of several");
    } else if (json_is_false(turbo)) {
        finding_set(ret, FINDING_FINE, NULL, "off");
    } else {
        finding_set(ret, FINDING_UNKNOWN, NULL, "the kernel does not say");
    }
}

static void look_at_smt(const json_t *context, struct finding *ret)
{
    const json_t *smt =
        json_object_get(json_object_get(context, "topology"), "smt");
    if (json_is_true(smt)) {
        finding_set(ret, FINDING_NOTICE,
                    "--placement per_core keeps one task a core as long as "
                    "there are cores; gilbench topology shows it",
                    "cores have several PUs: two tasks on one core share its "
                    "units and its caches");
    } else if (json_is_false(smt)) {
        finding_set(ret, FINDING_FINE, NULL,
                    "one PU a core, as far as is seen");
    } else {
        finding_set(ret, FINDING_UNKNOWN, NULL, "the kernel does not say");
    }
}

/* Load and pressure (PSI) as one sentence; either may be unknown. */
static void tell_load(double load, double pressure, char *text, size_t size)
{
    int used = 0;
    text[0] = '\0';
    if (!isnan(load)) {
        used = snprintf(text, size,
                        "%.2f tasks were running on average over the minute "
                        "before; ",
                        load);
    }
    if (isnan(pressure)) {
        snprintf(text + used, size - (size_t)used,
                 "this kernel tells nothing of pressure");
    } else {
        snprintf(text + used, size - (size_t)used,
                 "somebody waited for a CPU in %.0f %% of the 10 s before",
                 pressure);
    }
}

/* Comparisons with NAN are false: what is unknown warns of nothing. */
static void look_at_load(const json_t *context, struct finding *ret)
{
    char text[200];
    const json_t *average = json_object_get(context, "load_average");
    double load = json_number_or_nan(json_array_get(average, 0));
    double pressure = number_of(context, "pressure_cpu_avg10");
    double pus = number_of(json_object_get(context, "topology"), "pus_machine");
    double limit =
        pus * LOAD_PER_PU > LOAD_LEAST ? pus * LOAD_PER_PU : LOAD_LEAST;
    tell_load(load, pressure, text, sizeof(text));
    if (pressure >= PRESSURE_PERCENT || load >= limit) {
        finding_set(ret, FINDING_MATTERS,
                    "end what else runs, or wait a minute if it was a build "
                    "just now; each slice records the pressure it met",
                    "%s", text);
    } else if (isnan(load) && isnan(pressure)) {
        finding_set(ret, FINDING_UNKNOWN, NULL, "the kernel does not say");
    } else {
        finding_set(ret, FINDING_FINE, NULL, "%s", text);
    }
}

static void look_at_quota(const json_t *context, struct finding *ret)
{
    const json_t *topology = json_object_get(context, "topology");
    double quota = number_of(topology, "quota_cpus");
    double pus = number_of(topology, "pus");
    if (quota < pus) {
        finding_set(ret, FINDING_MATTERS,
                    "raise the quota (docker --cpus, systemd CPUQuota), or use "
                    "fewer PUs: --placement pus=LIST; each slice records "
                    "throttled_s",
                    "the cgroup's quota is %.2f CPUs, %.0f PUs are allowed: "
                    "with more busy threads than the quota the kernel stops "
                    "all of them for a part of every period",
                    quota, pus);
    } else {
        finding_set(ret, FINDING_FINE, NULL, "none below the allowed PUs");
    }
}

static void look_at_hypervisor(const json_t *context, struct finding *ret)
{
    const char *hypervisor = text_of(context, "hypervisor");
    if (!hypervisor) {
        finding_set(ret, FINDING_UNKNOWN, NULL, "cannot be told");
    } else if (strcmp(hypervisor, "none") == 0) {
        finding_set(ret, FINDING_FINE, NULL, "none is seen");
    } else {
        finding_set(ret, FINDING_MATTERS,
                    "look at steal_s of the slices and compare only what was "
                    "measured side by side; a machine of its own is quieter",
                    "this is a virtual machine (%s): what its CPUs share with "
                    "others cannot be seen from inside",
                    hypervisor);
    }
}

static void look_at_isolation(const json_t *context, struct finding *ret)
{
    const char *isolated = text_of(context, "isolated_pus");
    if (!isolated) {
        finding_set(ret, FINDING_UNKNOWN, NULL, "the kernel does not say");
    } else if (!*isolated) {
        finding_set(ret, FINDING_NOTICE,
                    "isolcpus=LIST on the kernel's command line keeps others "
                    "away; then --placement pus=LIST",
                    "no PU is: whatever else wakes up may run on those that "
                    "measure");
    } else {
        finding_set(ret, FINDING_FINE, NULL, "PUs %s", isolated);
    }
}

static void look_at_aslr(const json_t *context, struct finding *ret)
{
    const json_t *aslr = json_object_get(context, "aslr");
    if (json_is_false(aslr)) {
        finding_set(ret, FINDING_MATTERS,
                    "sysctl kernel.randomize_va_space=2, or end the shell that "
                    "setarch -R has started",
                    "address layout is not randomised: all processes share one "
                    "layout, and its luck looks like a result");
    } else if (json_is_true(aslr)) {
        finding_set(ret, FINDING_FINE, NULL,
                    "on: each process has another layout, and the median is "
                    "over all");
    } else {
        finding_set(ret, FINDING_UNKNOWN, NULL, "the kernel does not say");
    }
}

static void look_at_clock(const json_t *context, struct finding *ret)
{
    const char *source = text_of(context, "clock_source");
    double read_ns = number_of(context, "clock_read_ns");
    double step_ns = number_of(context, "clock_resolution_ns");
    if (read_ns > CLOCK_READ_NS) {
        finding_set(ret, FINDING_MATTERS,
                    "look for the reason with dmesg | grep -i clocksource; a "
                    "run's latencies contain one reading each",
                    "reading the clock (%s) takes %.0f ns: it goes through a "
                    "system call",
                    source ? source : "unknown", read_ns);
    } else if (isnan(read_ns)) {
        finding_set(ret, FINDING_UNKNOWN, NULL, "not measured");
    } else {
        finding_set(ret, FINDING_FINE, NULL,
                    "%s: a reading takes %.0f ns, the steps are %.0f ns",
                    source ? source : "unknown source", read_ns, step_ns);
    }
}

static const struct {
    const char *code;
    const char *title;
    void (*look)(const json_t *context, struct finding *ret);
} checks[FINDINGS_OF_CONTEXT] = {
    {"governor", "CPU governor", look_at_governor},
    {"turbo", "turbo clock", look_at_turbo},
    {"smt", "shared cores", look_at_smt},
    {"other_load", "other load", look_at_load},
    {"cpu_quota", "CPU quota", look_at_quota},
    {"virtual_machine", "hypervisor", look_at_hypervisor},
    {"isolation", "isolated PUs", look_at_isolation},
    {"aslr", "address layout", look_at_aslr},
    {"clock", "clock", look_at_clock},
};

void findings_of_context(const json_t *context,
                         struct finding ret[FINDINGS_OF_CONTEXT])
{
    for (size_t i = 0; i < FINDINGS_OF_CONTEXT; i++) {
        ret[i] =
            (struct finding){.code = checks[i].code, .title = checks[i].title};
        checks[i].look(context, &ret[i]);
    }
}

static void look_at_steal(const struct noise *noise, double seconds,
                          struct finding *ret)
{
    double percent = 100.0 * (double)noise->steal_us / 1e6 / seconds;
    *ret = (struct finding){.code = "steal", .title = "steal"};
    if (noise->steal_us < 0) {
        finding_set(ret, FINDING_UNKNOWN, NULL, "the kernel does not say");
    } else if (percent > STEAL_PERCENT) {
        finding_set(ret, FINDING_MATTERS,
                    "another host, or another time; each slice records steal_s",
                    "the hypervisor ran somebody else in %.1f %% of the time",
                    percent);
    } else {
        finding_set(ret, FINDING_FINE, NULL,
                    "%.1f %% of the time, as far as the hypervisor tells",
                    percent);
    }
}

static void look_at_throttling(const struct noise *noise, struct finding *ret)
{
    *ret = (struct finding){.code = "throttling", .title = "throttling"};
    if (noise->throttled_us < 0) {
        finding_set(ret, FINDING_FINE, NULL, "no cgroup limits this process");
    } else if (noise->throttled_us > 0) {
        finding_set(ret, FINDING_MATTERS,
                    "raise the quota, or use fewer PUs: --placement pus=LIST; "
                    "each slice records throttled_s",
                    "the quota stopped the threads for %.1f ms",
                    (double)noise->throttled_us / 1e3);
    } else {
        finding_set(ret, FINDING_FINE, NULL, "none");
    }
}

void findings_of_noise(const struct noise *noise, double seconds,
                       struct finding ret[FINDINGS_OF_NOISE])
{
    look_at_steal(noise, seconds, &ret[0]);
    look_at_throttling(noise, &ret[1]);
}

static void look_at_sanitizer(const json_t *build, struct finding *ret)
{
    const char *sanitizer = text_of(build, "sanitizer");
    if (sanitizer) {
        finding_set(ret, FINDING_MATTERS,
                    "measure with a build without sanitizers",
                    "the program was built with the %s sanitizer and is "
                    "several times slower, not by the same factor everywhere",
                    sanitizer);
    } else {
        finding_set(ret, FINDING_FINE, NULL, "none");
    }
}

static void look_at_flags(const json_t *build, struct finding *ret)
{
    const char *flags = text_of(build, "flags");
    if (flags && (strstr(flags, "-O0") || !strstr(flags, "-O"))) {
        finding_set(ret, FINDING_MATTERS,
                    "build with --buildtype debugoptimized or release",
                    "the program was built without optimisation (%s)", flags);
    } else {
        finding_set(ret, FINDING_FINE, NULL, "%s", flags ? flags : "unknown");
    }
}

static void look_at_commit(const json_t *build, struct finding *ret)
{
    const char *commit = text_of(build, "commit");
    if (json_is_true(json_object_get(build, "dirty"))) {
        finding_set(ret, FINDING_MATTERS,
                    "commit, then build and measure again",
                    "the program was built from changed files: the commit "
                    "alone does not say what was measured");
    } else if (!commit) {
        finding_set(ret, FINDING_NOTICE, NULL,
                    "unknown: not built from a git tree");
    } else {
        finding_set(ret, FINDING_FINE, NULL, "%s", commit);
    }
}

void findings_of_build(const json_t *build,
                       struct finding ret[FINDINGS_OF_BUILD])
{
    ret[0] = (struct finding){.code = "sanitizer", .title = "sanitizer"};
    ret[1] = (struct finding){.code = "debug_build", .title = "compiler flags"};
    ret[2] = (struct finding){.code = "dirty_build", .title = "commit"};
    look_at_sanitizer(build, &ret[0]);
    look_at_flags(build, &ret[1]);
    look_at_commit(build, &ret[2]);
}

void findings_warn(const struct finding *findings, size_t n, json_t *warnings)
{
    for (size_t i = 0; i < n; i++) {
        if (findings[i].state == FINDING_MATTERS) {
            json_t *warning = json_pack(
                "{ss so ss}", "code", findings[i].code, "message",
                json_text(findings[i].message), "advice", findings[i].advice);
            must(json_array_append_new(warnings, warning) == 0);
        }
    }
}

void context_build_warnings(const json_t *build, json_t *warnings)
{
    struct finding findings[FINDINGS_OF_BUILD];
    findings_of_build(build, findings);
    findings_warn(findings, ARRAY_LEN(findings), warnings);
}

void context_warnings(const json_t *context, json_t *warnings)
{
    struct finding findings[FINDINGS_OF_CONTEXT];
    findings_of_context(context, findings);
    findings_warn(findings, ARRAY_LEN(findings), warnings);
    json_t *build = build_info();
    context_build_warnings(build, warnings);
    json_decref(build);
}
