/* SPDX-License-Identifier: MIT */
#include "harness/base/text_file.h"
#include "harness/record/context_parts.h"
#include "harness/record/json_value.h"

#include <ctype.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define SYS_CPU "/sys/devices/system/cpu/"

/* The value of "key   : value" in /proc/cpuinfo, of the first PU. */
static json_t *cpuinfo(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *at = line + length;
        if (strncmp(line, key, length) != 0) {
            continue;
        }
        at += strspn(at, " \t");
        if (*at == ':') {
            at += 1 + strspn(at + 1, " \t");
            size_t size = strcspn(at, "\n");
            return size ? json_stringn(at, size) : NULL;
        }
    }
    return NULL;
}

#if defined(__x86_64__) || defined(__i386__)
/* The name behind the 12 letters by which a hypervisor signs. */
static json_t *hypervisor_name(const char *signature)
{
    static const struct {
        const char *signature;
        const char *name;
    } known[] = {
        {"KVMKVMKVM", "kvm"},       {"Microsoft Hv", "hyper-v"},
        {"VMwareVMware", "vmware"}, {"XenVMMXenVMM", "xen"},
        {"TCGTCGTCGTCG", "qemu"},   {"VBoxVBoxVBox", "virtualbox"},
        {"bhyve bhyve ", "bhyve"},  {"ACRNACRNACRN", "acrn"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(signature, known[i].signature) == 0) {
            return json_string(known[i].name);
        }
    }
    for (const char *c = signature; *c; c++) {
        if (!isprint((unsigned char)*c)) {
            return json_string("unknown");
        }
    }
    return json_string(*signature ? signature : "unknown");
}

/* "none" where the CPU itself says that there is none. */
static json_t *hypervisor(void)
{
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) {
        return NULL;
    }
    if (!(c >> 31)) {
        return json_string("none");
    }
    char signature[13] = "";
    __cpuid(0x40000000, a, b, c, d);
    memcpy(signature, &b, 4);
    memcpy(signature + 4, &c, 4);
    memcpy(signature + 8, &d, 4);
    return hypervisor_name(signature);
}
#else
/* Other CPUs do not tell; Xen does. */
static json_t *hypervisor(void)
{
    return context_file("/sys/hypervisor/type");
}
#endif

/* What the cpufreq files of the allowed PUs say: one word, or the different
 * ones joined by '+'. */
static json_t *cpufreq(const struct topology *topology, const char *file)
{
    char all[256] = "";
    const int *pus;
    size_t n = topology_pus(topology, &pus);
    for (size_t i = 0; i < n; i++) {
        char path[128];
        char word[64];
        snprintf(path, sizeof(path), SYS_CPU "cpu%d/cpufreq/%s", pus[i], file);
        size_t length = strlen(all);
        if (text_file_read(path, word, sizeof(word)) > 0 &&
            !strstr(all, word)) {
            snprintf(all + length, sizeof(all) - length, "%s%s",
                     length ? "+" : "", word);
        }
    }
    return all[0] ? json_text(all) : NULL;
}

/* May the cores run faster than their nominal clock? */
static json_t *turbo(void)
{
    int64_t value;
    if (text_file_number(SYS_CPU "intel_pstate/no_turbo", &value) == 0) {
        return json_boolean(value == 0);
    }
    if (text_file_number(SYS_CPU "cpufreq/boost", &value) == 0) {
        return json_boolean(value != 0);
    }
    return NULL;
}

/* A set of PUs; "" is the empty set, which some kernels write "(null)". */
static json_t *pu_set(const char *path)
{
    json_t *set = context_file(path);
    if (set && strstr(json_string_value(set), "(null)")) {
        json_string_set(set, "");
    }
    return set;
}

void context_add_cpu(json_t *context, const struct topology *topology)
{
    char text[4096]; /* the first PU's part; model and microcode come early */
    text_file_read("/proc/cpuinfo", text, sizeof(text));
    context_set(context, "cpu_model", cpuinfo(text, "model name"));
    context_set(context, "microcode", cpuinfo(text, "microcode"));
    context_set(context, "hypervisor", hypervisor());
    context_set(context, "governor", cpufreq(topology, "scaling_governor"));
    context_set(context, "frequency_driver",
                cpufreq(topology, "scaling_driver"));
    context_set(context, "turbo", turbo());
    context_set(context, "isolated_pus", pu_set(SYS_CPU "isolated"));
    context_set(context, "nohz_full", pu_set(SYS_CPU "nohz_full"));
}
