/* SPDX-License-Identifier: MIT */
/* The context of a run: complete, and warned about where it matters. */
#undef NDEBUG
#include "harness/record/build_info.h"
#include "harness/record/context.h"
#include "harness/record/json_value.h"

#include <assert.h>
#include <string.h>

/* Key, and the types it may have beside null: s i r(eal or integer) b a o. */
static const char *const keys[][2] = {
    {"date", "s"},          {"host", "s"},
    {"kernel", "s"},        {"cpu_model", "s"},
    {"microcode", "s"},     {"libc", "s"},
    {"hypervisor", "s"},    {"topology", "o"},
    {"governor", "s"},      {"frequency_driver", "s"},
    {"turbo", "b"},         {"isolated_pus", "s"},
    {"nohz_full", "s"},     {"aslr", "b"},
    {"clock_source", "s"},  {"clock_resolution_ns", "i"},
    {"clock_read_ns", "r"}, {"timer_slack_ns", "i"},
    {"load_average", "a"},  {"pressure_cpu_avg10", "r"},
    {"uptime_s", "r"},      {"memory_bytes", "i"},
};

#define KEYS (sizeof(keys) / sizeof(*keys))

static int has_type(const json_t *value, char type)
{
    switch (type) {
    case 's':
        return json_is_string(value);
    case 'i':
        return json_is_integer(value);
    case 'r':
        return json_is_number(value);
    case 'b':
        return json_is_boolean(value);
    case 'a':
        return json_is_array(value);
    default:
        return json_is_object(value);
    }
}

static void test_capture(void)
{
    struct topology *topology;
    assert(topology_load_synthetic("pack:2 numa:1 core:2 pu:2", &topology,
                                   NULL) == 0);
    assert(topology_restrict(topology, "0-1+3+6", NULL) == 0);
    topology_set_quota(topology, 1.5);
    json_t *context = context_capture(topology);
    assert(json_object_size(context) == KEYS);
    for (size_t i = 0; i < KEYS; i++) {
        const json_t *value = json_object_get(context, keys[i][0]);
        assert(json_is_null(value) || has_type(value, keys[i][1][0]));
    }
    assert(json_is_string(json_object_get(context, "date")));
    json_int_t packages;
    json_int_t pus;
    json_int_t machine;
    const char *allowed;
    const char *digest;
    double quota;
    assert(json_unpack(context, "{s{sI sI sI ss ss sF}}", "topology",
                       "packages", &packages, "pus", &pus, "pus_machine",
                       &machine, "allowed_pus", &allowed, "digest", &digest,
                       "quota_cpus", &quota) == 0);
    assert(packages == 2 && pus == 4 && machine == 8 && quota == 1.5);
    assert(strcmp(allowed, "0-1,3,6") == 0 && strlen(digest) == 16);
    json_decref(context);
    topology_free(topology);
}

/* The codes in order, joined by spaces; every warning has all its parts. */
static const char *codes_of(const json_t *warnings)
{
    static char text[256];
    text[0] = '\0';
    size_t i;
    const json_t *warning;
    json_array_foreach(warnings, i, warning)
    {
        const char *code;
        const char *message;
        const char *advice;
        assert(json_unpack((json_t *)warning, "{ss ss ss!}", "code", &code,
                           "message", &message, "advice", &advice) == 0);
        assert(message[0] && advice[0] && !strchr(message, '\n'));
        strcat(text, i ? " " : "");
        strcat(text, code);
    }
    return text;
}

static void expect_build(const char *build, const char *codes)
{
    _cleanup_(json_decref_p) json_t *json = json_loads(build, 0, NULL);
    _cleanup_(json_decref_p) json_t *warnings = json_array();
    assert(json);
    context_build_warnings(json, warnings);
    assert(strcmp(codes_of(warnings), codes) == 0);
}

static void test_build_warnings(void)
{
    expect_build("{\"flags\":\"-O2 -g\",\"sanitizer\":null,\"dirty\":false}",
                 "");
    expect_build("{\"flags\":\"-O2\",\"sanitizer\":null,\"dirty\":null}", "");
    expect_build("{\"flags\":\"-O0\",\"sanitizer\":\"thread\",\"dirty\":true}",
                 "sanitizer debug_build dirty_build");
    expect_build("{\"flags\":\"-g\",\"sanitizer\":null,\"dirty\":false}",
                 "debug_build");
}

/* What these contexts bring in addition to what this build brings. */
static void expect(const char *context, const char *codes)
{
    _cleanup_(json_decref_p) json_t *json = json_loads(context, 0, NULL);
    _cleanup_(json_decref_p) json_t *warnings = json_array();
    _cleanup_(json_decref_p) json_t *of_build = json_array();
    _cleanup_(json_decref_p) json_t *build = build_info();
    assert(json);
    context_warnings(json, warnings);
    context_build_warnings(build, of_build);
    size_t own = json_array_size(warnings) - json_array_size(of_build);
    while (json_array_size(warnings) > own) {
        json_array_remove(warnings, own);
    }
    if (strcmp(codes_of(warnings), codes) != 0) {
        fprintf(stderr, "%s: got '%s', wanted '%s'\n", context,
                codes_of(warnings), codes);
        abort();
    }
}

static void test_warnings(void)
{
    expect("{}", "");
    expect("{\"governor\":null,\"hypervisor\":null,\"load_average\":null,"
           "\"pressure_cpu_avg10\":null,"
           "\"topology\":{\"pus\":2,\"pus_machine\":2,\"quota_cpus\":null}}",
           "");
    expect("{\"governor\":\"performance\",\"hypervisor\":\"none\","
           "\"load_average\":[0.2,9,9],\"pressure_cpu_avg10\":0.5,"
           "\"topology\":{\"pus\":2,\"pus_machine\":2,\"quota_cpus\":2}}",
           "");
    expect("{\"governor\":\"powersave\",\"hypervisor\":\"kvm\","
           "\"load_average\":[0.2,0,0],\"pressure_cpu_avg10\":12.5,"
           "\"topology\":{\"pus\":2,\"pus_machine\":2,\"quota_cpus\":1.5}}",
           "governor other_load cpu_quota virtual_machine");
    expect("{\"load_average\":[0.9,0,0],\"pressure_cpu_avg10\":0,"
           "\"topology\":{\"pus_machine\":2}}",
           "other_load");
    expect("{\"load_average\":[0.9,0,0],\"topology\":{\"pus_machine\":64}}",
           "");
    expect("{\"aslr\":false,\"clock_read_ns\":450,\"turbo\":true}",
           "aslr clock");
    expect("{\"aslr\":true,\"clock_read_ns\":25,\"turbo\":false,"
           "\"isolated_pus\":\"\"}",
           "");
}

/* A kernel update makes no other machine, another CPU does. */
static void test_machine(void)
{
    static const char *const contexts[] = {
        "{\"kernel\":\"1\",\"cpu_model\":\"A\",\"hypervisor\":null,"
        "\"topology\":{\"digest\":\"d\",\"allowed_pus\":\"0\"}}",
        "{\"kernel\":\"2\",\"cpu_model\":\"A\",\"host\":\"other\","
        "\"topology\":{\"digest\":\"d\",\"allowed_pus\":\"1\"}}",
        "{\"kernel\":\"1\",\"cpu_model\":\"B\",\"hypervisor\":null,"
        "\"topology\":{\"digest\":\"d\",\"allowed_pus\":\"0\"}}",
        "{\"kernel\":\"1\",\"cpu_model\":\"A\",\"hypervisor\":\"kvm\","
        "\"topology\":{\"digest\":\"d\",\"allowed_pus\":\"0\"}}",
        "{\"kernel\":\"1\",\"cpu_model\":\"A\",\"hypervisor\":null,"
        "\"topology\":{\"digest\":\"e\",\"allowed_pus\":\"0\"}}",
    };
    json_t *first = NULL;
    for (size_t i = 0; i < sizeof(contexts) / sizeof(*contexts); i++) {
        _cleanup_(json_decref_p) json_t *context =
            json_loads(contexts[i], 0, NULL);
        assert(context);
        json_t *machine = context_machine(context);
        first = first ? first : json_incref(machine);
        assert(json_equal(machine, first) == (i < 2));
        json_decref(machine);
    }
    json_decref(first);
}

static void test_build_info(void)
{
    _cleanup_(json_decref_p) json_t *build = build_info();
    assert(json_object_size(build) == 7);
    assert(json_is_string(json_object_get(build, "version")));
    const json_t *commit = json_object_get(build, "commit");
    const json_t *dirty = json_object_get(build, "dirty");
    assert(json_is_null(commit) == json_is_null(dirty));
    if (json_is_string(commit)) {
        const char *text = json_string_value(commit);
        assert(strspn(text, "0123456789abcdef") == strlen(text));
    }
    assert(strchr(json_string_value(json_object_get(build, "compiler")), ' '));
}

int main(void)
{
    test_capture();
    test_build_warnings();
    test_warnings();
    test_machine();
    test_build_info();
    return 0;
}
