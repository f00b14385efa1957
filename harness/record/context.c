/* SPDX-License-Identifier: MIT */
#include "harness/record/context.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/text_file.h"
#include "harness/record/context_parts.h"
#include "harness/record/json_value.h"
#include "harness/topology/pu_list.h"

#include <stdbool.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

void context_set(json_t *context, const char *key, json_t *value)
{
    must(json_object_set_new(context, key, value ? value : json_null()) == 0);
}

json_t *context_file(const char *path)
{
    char text[4096];
    if (text_file_read(path, text, sizeof(text)) < 0) {
        return NULL;
    }
    text[strcspn(text, "\n")] = '\0';
    return json_text(text);
}

static json_t *date(void)
{
    char text[64];
    time_t now = time(NULL);
    struct tm tm;
    must(gmtime_r(&now, &tm) != NULL);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S+00:00", &tm);
    return json_string(text);
}

static json_t *host(void)
{
    char text[256] = "";
    return gethostname(text, sizeof(text) - 1) == 0 && text[0] ? json_text(text)
                                                               : NULL;
}

static json_t *kernel(void)
{
    struct utsname name;
    if (uname(&name) < 0) {
        return NULL;
    }
    return json_sprintf("%s %s %s", name.sysname, name.release, name.machine);
}

static json_t *libc(void)
{
#ifdef __GLIBC__
    return json_sprintf("glibc %s", gnu_get_libc_version());
#else
    return NULL;
#endif
}

/* Are addresses of this process random? Set off for the whole machine, or for
 * one process by `setarch -R`. */
static json_t *aslr(void)
{
    int64_t mode;
    int persona = personality(0xffffffff);
    if (text_file_number("/proc/sys/kernel/randomize_va_space", &mode) < 0 ||
        persona < 0) {
        return NULL;
    }
    return json_boolean(mode > 0 && !(persona & ADDR_NO_RANDOMIZE));
}

/* In the kernel's notation, "0-3,8", like the other sets of PUs here. */
static json_t *allowed_pus(const struct topology *topology)
{
    const int *pus;
    size_t n = topology_pus(topology, &pus);
    _cleanup_(free_p) char *text = pu_list_format(pus, n);
    for (char *c = text; (c = strchr(c, '+'));) {
        *c = ',';
    }
    return json_string(text);
}

static json_t *topology_to_json(const struct topology *topology)
{
    struct topology_facts facts;
    topology_facts(topology, &facts);
    json_t *json = json_pack(
        "{sI sI sI sI sI sb sb ss so so}", "packages",
        (json_int_t)facts.packages, "numa_nodes", (json_int_t)facts.numa_nodes,
        "cores", (json_int_t)facts.cores, "pus", (json_int_t)facts.pus,
        "pus_machine", (json_int_t)facts.pus_machine, "smt", facts.smt,
        "hybrid", facts.hybrid, "digest", facts.digest, "allowed_pus",
        allowed_pus(topology), "quota_cpus",
        facts.quota_cpus > 0 ? json_number(facts.quota_cpus) : json_null());
    must(json != NULL);
    return json;
}

/* The value under `key`, or null; borrowed. */
static json_t *fact(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return value ? value : json_null();
}

json_t *context_machine(const json_t *context)
{
    const json_t *topology = json_object_get(context, "topology");
    json_t *machine = json_pack(
        "{sO sO sO}", "cpu_model", fact(context, "cpu_model"), "hypervisor",
        fact(context, "hypervisor"), "topology", fact(topology, "digest"));
    must(machine != NULL);
    return machine;
}

json_t *context_capture(const struct topology *topology)
{
    json_t *context = json_object();
    must(context != NULL);
    context_set(context, "date", date());
    context_set(context, "host", host());
    context_set(context, "kernel", kernel());
    context_set(context, "libc", libc());
    context_set(context, "topology", topology_to_json(topology));
    context_set(context, "aslr", aslr());
    context_add_cpu(context, topology);
    context_add_clock(context);
    context_add_load(context);
    return context;
}
