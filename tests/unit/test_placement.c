/* SPDX-License-Identifier: MIT */
/* Placement policies on machines that the test machine is not. */
#undef NDEBUG
#include "harness/base/cleanup.h"
#include "harness/topology/placement.h"
#include "harness/topology/pu_list.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

static struct topology *machine(const char *description)
{
    struct topology *topology;
    struct diag diag = {""};
    assert(topology_load_synthetic(description, &topology, &diag) == 0);
    return topology;
}

/* The PUs of the tasks as "0 2 4", the generator's behind a bar: "0 2|7". */
static const char *place(const struct topology *topology, const char *name,
                         size_t tasks, enum placement_generator generator)
{
    static char text[4096];
    struct placement placement;
    struct diag diag = {""};
    assert(placement_resolve(topology, name, tasks, generator, &placement,
                             &diag) == 0);
    size_t length = 0;
    for (size_t i = 0; i < tasks; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%d",
                                   i ? " " : "", placement.pus[i]);
    }
    if (generator != PLACEMENT_NO_GENERATOR) {
        snprintf(text + length, sizeof(text) - length, "|%d%s",
                 placement.generator_pu,
                 placement.generator_shared ? " shared" : "");
    }
    placement_deinit(&placement);
    return text;
}

static void expect(const struct topology *topology, const char *name,
                   size_t tasks, enum placement_generator generator,
                   const char *wanted)
{
    const char *got = place(topology, name, tasks, generator);
    if (strcmp(got, wanted) != 0) {
        fprintf(stderr, "%s with %zu tasks: got %s, wanted %s\n", name, tasks,
                got, wanted);
        abort();
    }
}

/* 2 packages of 2 NUMA nodes, 2 cores each, 2 PUs a core: PUs 0-15. */
static void test_policies(void)
{
    struct topology *t = machine("pack:2 numa:2 l3:1 core:2 pu:2");
    enum placement_generator none = PLACEMENT_NO_GENERATOR;
    expect(t, "one_pu", 3, none, "0 0 0");
    expect(t, "per_core", 9, none, "0 2 4 6 8 10 12 14 0");
    expect(t, "per_pu", 10, none, "0 2 4 6 8 10 12 14 1 3");
    expect(t, "compact", 6, none, "0 1 2 3 4 5");
    expect(t, "scatter", 10, none, "0 8 4 12 2 10 6 14 1 9");
    expect(t, "os", 3, none, "-1 -1 -1");
    expect(t, "pus=5+3-4", 5, none, "5 3 4 5 3");
    topology_free(t);
}

static void check(const struct topology *topology, const char *name,
                  size_t tasks, size_t places, bool oversubscribed)
{
    struct placement placement;
    assert(placement_resolve(topology, name, tasks, PLACEMENT_NO_GENERATOR,
                             &placement, NULL) == 0);
    assert(placement.tasks == tasks && placement.places == places);
    assert(placement.oversubscribed == oversubscribed);
    placement_deinit(&placement);
}

/* 128 PUs, planned on whatever runs this test. */
static void test_places(void)
{
    struct topology *t = machine("pack:2 numa:1 l3:8 core:4 pu:2");
    check(t, "one_pu", 1, 1, false);
    check(t, "one_pu", 2, 1, true);
    check(t, "per_core", 64, 64, false);
    check(t, "per_core", 65, 64, true);
    check(t, "per_pu", 128, 128, false);
    check(t, "compact", 129, 128, true);
    check(t, "scatter", 128, 128, false);
    check(t, "os", 1000, 128, false);
    check(t, "pus=0+127", 2, 2, false);
    check(t, "pus=0+127", 3, 2, true);
    expect(t, "scatter", 4, PLACEMENT_NO_GENERATOR, "0 64 8 72");
    topology_free(t);
}

/* Every PU is offered once, whatever the order. */
static void test_permutations(void)
{
    static const char *const all[] = {"per_pu", "compact", "scatter"};
    struct topology *t = machine("pack:3 numa:2 l3:2 core:3 pu:2");
    assert(topology_restrict(t, "0-2+5+7-40+44-71", NULL) == 0);
    const int *pus;
    size_t n = topology_pus(t, &pus);
    for (size_t i = 0; i < 3; i++) {
        struct placement placement;
        assert(placement_resolve(t, all[i], n, PLACEMENT_NO_GENERATOR,
                                 &placement, NULL) == 0);
        assert(placement.places == n && !placement.oversubscribed);
        for (size_t k = 0; k < n; k++) {
            char *tasks = placement_tasks_of(placement.pus, n, pus[k]);
            assert(tasks[0] != '\0' && !strpbrk(tasks, "-,"));
            free(tasks);
        }
        placement_deinit(&placement);
    }
    topology_free(t);
}

/* Fast cores (2-5) before slow ones (0-1 and 6-7), SMT only on the fast. */
static void test_hybrid(void)
{
    struct topology *t = machine("pack:1 numa:1 l3:1 core:4 pu:2");
    assert(topology_set_kind(t, "0-1+6-7", 0, NULL) == 0);
    assert(topology_set_kind(t, "2-5", 1, NULL) == 0);
    struct topology_facts facts;
    topology_facts(t, &facts);
    assert(facts.hybrid);
    enum placement_generator none = PLACEMENT_NO_GENERATOR;
    expect(t, "one_pu", 2, none, "2 2");
    expect(t, "per_core", 5, none, "2 4 0 6 2");
    expect(t, "per_pu", 8, none, "2 4 0 6 3 5 1 7");
    expect(t, "compact", 8, none, "2 3 4 5 0 1 6 7");
    expect(t, "scatter", 4, none, "2 4 0 6");
    topology_free(t);
}

/* Packages of unequal size: no core gets its second task before every core
 * has its first. */
static void test_restricted(void)
{
    struct topology *t = machine("pack:2 numa:1 core:4 pu:2");
    assert(topology_restrict(t, "0-1+3+8-15", NULL) == 0);
    enum placement_generator none = PLACEMENT_NO_GENERATOR;
    expect(t, "per_core", 7, none, "0 3 8 10 12 14 0");
    expect(t, "scatter", 8, none, "0 8 3 10 12 14 1 9");
    expect(t, "compact", 4, none, "0 1 3 8");
    topology_free(t);
}

/* The rule of design: an own PU for the generator where there is one. */
static void test_generator(void)
{
    enum placement_generator last = PLACEMENT_LAST_PU;
    enum placement_generator spare = PLACEMENT_SPARE_PU;
    struct topology *t = machine("numa:1 core:1 pu:1");
    expect(t, "per_core", 2, last, "0 0|0 shared");
    expect(t, "per_core", 2, spare, "0 0|0 shared");
    topology_free(t);

    t = machine("numa:1 core:2 pu:1");
    expect(t, "per_core", 3, last, "0 0 0|1");
    expect(t, "one_pu", 1, last, "0|1");
    expect(t, "per_core", 2, spare, "0 1|0 shared");
    expect(t, "pus=1", 1, last, "1|0");
    expect(t, "pus=0+1", 2, last, "0 1|1 shared");
    expect(t, "pus=0+1", 1, last, "0|1");
    expect(t, "pus=1+0", 2, spare, "1 0|1 shared");
    expect(t, "os", 1, last, "-1|-1");
    topology_free(t);

    t = machine("numa:1 core:4 pu:1");
    expect(t, "per_core", 5, last, "0 1 2 0 1|3");
    expect(t, "per_core", 5, spare, "0 1 2 0 1|3");
    expect(t, "compact", 1, spare, "0|3");
    expect(t, "scatter", 4, spare, "0 1 2 0|3");
    expect(t, "one_pu", 2, spare, "0 0|3");
    expect(t, "pus=2+3", 2, spare, "2 3|1");
    expect(t, "pus=0-3", 3, spare, "0 1 2|3");
    expect(t, "pus=0-3", 4, spare, "0 1 2 3|0 shared");
    topology_free(t);

    /* 2 PUs of one core are 2 PUs: the tasks keep the first. */
    t = machine("numa:1 core:1 pu:2");
    expect(t, "per_core", 2, last, "0 0|1");
    topology_free(t);
}

static void test_quota(void)
{
    struct topology *t = machine("numa:1 core:4 pu:1");
    struct placement p;
    enum placement_generator last = PLACEMENT_LAST_PU;
    enum placement_generator none = PLACEMENT_NO_GENERATOR;
    assert(placement_resolve(t, "per_core", 4, none, &p, NULL) == 0);
    assert(!p.over_quota);
    placement_deinit(&p);
    topology_set_quota(t, 1.5);
    assert(placement_resolve(t, "per_core", 1, none, &p, NULL) == 0);
    assert(!p.over_quota);
    placement_deinit(&p);
    assert(placement_resolve(t, "one_pu", 4, none, &p, NULL) == 0);
    assert(!p.over_quota);
    placement_deinit(&p);
    assert(placement_resolve(t, "per_core", 2, none, &p, NULL) == 0);
    assert(p.over_quota);
    placement_deinit(&p);
    assert(placement_resolve(t, "one_pu", 4, last, &p, NULL) == 0);
    assert(p.over_quota);
    placement_deinit(&p);
    topology_free(t);
}

static void test_many_tasks(void)
{
    const size_t n = 100000;
    struct topology *t = machine("pack:2 numa:1 core:32 pu:2");
    struct placement p;
    assert(placement_resolve(t, "per_core", n, PLACEMENT_LAST_PU, &p, NULL) ==
           0);
    assert(p.oversubscribed && p.places == 64 && p.pus[n - 1] >= 0);
    _cleanup_(free_p) char *text = placement_tasks_of(p.pus, n, 2);
    assert(strcmp(text, "1-99969:64") == 0);
    placement_deinit(&p);
    topology_free(t);
}

static void test_tasks_of(void)
{
    static const int pus[] = {0, 1, 0, 1, 2, 0, 2, 2, 2, 3};
    static const struct {
        int pu;
        const char *tasks;
    } cases[] = {
        {0, "0,2-5:3"}, {1, "1-3:2"}, {2, "4,6-8"}, {3, "9"}, {4, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        _cleanup_(free_p) char *text = placement_tasks_of(pus, 10, cases[i].pu);
        assert(strcmp(text, cases[i].tasks) == 0);
    }
    static const int unbound[] = {-1, -1, -1};
    _cleanup_(free_p) char *text = placement_tasks_of(unbound, 3, -1);
    assert(strcmp(text, "0-2") == 0);
}

/* The complaint about `name` holds all of these words. */
static void refuse(const struct topology *topology, const char *name, ...)
{
    struct diag diag = {""};
    assert(placement_check(topology, name, &diag) == -EINVAL);
    assert(strchr(diag.text, '\n') == NULL);
    va_list args;
    va_start(args, name);
    for (const char *word; (word = va_arg(args, const char *));) {
        if (!strstr(diag.text, word)) {
            fprintf(stderr, "%s: '%s' lacks '%s'\n", name, diag.text, word);
            abort();
        }
    }
    va_end(args);
}

static void test_check(void)
{
    struct topology *t = machine("numa:1 core:8 pu:1");
    assert(topology_restrict(t, "0-3+6", NULL) == 0);
    for (size_t i = 0; strcmp(placement_names[i], "pus=LIST"); i++) {
        assert(placement_check(t, placement_names[i], NULL) == 0);
        assert(placement_summary(i)[0] != '\0');
    }
    assert(placement_check(t, "pus=0+2-3", NULL) == 0);
    refuse(t, "per_cor", "'per_cor'", "did you mean 'per_core'", NULL);
    refuse(t, "elsewhere", "unknown", "scatter", NULL);
    refuse(t, "", "unknown", NULL);
    refuse(t, "pus", "pus=LIST", NULL);
    refuse(t, "per_core\nx", "per_core?x", NULL);
    refuse(t, "pus=4", "PU 4", "0-3+6", NULL);
    refuse(t, "pus=0-7", "PU 4", "0-3+6", NULL);
    refuse(t, "pus=1+0-2", "PU 1 is named twice", NULL);
    refuse(t, "pus=", "at the end", "0-3+6", NULL);
    static const char *const malformed[] = {
        "pus=0+",    "pus=+0",   "pus=0++1",    "pus=1-",
        "pus=-1",    "pus=3-2",  "pus=0,1",     "pus=a",
        "pus= 1",    "pus=0x1",  "pus=1-2-3",   "pus=99999999999999999999",
        "pus=0-1 2", "pus=0 +1", "pus=0-65536", NULL,
    };
    for (size_t i = 0; malformed[i]; i++) {
        refuse(t, malformed[i], malformed[i], "expected", "0-3+6", NULL);
    }
    topology_free(t);
}

static void test_pu_list(void)
{
    static const int pus[] = {0, 1, 2, 5, 7, 8};
    _cleanup_(free_p) char *text = pu_list_format(pus, 6);
    assert(strcmp(text, "0-2+5+7-8") == 0);
    _cleanup_(free_p) int *back = NULL;
    size_t n;
    const char *at;
    assert(pu_list_parse(text, &back, &n, &at) == 0);
    assert(n == 6 && memcmp(pus, back, sizeof(pus)) == 0);
    _cleanup_(free_p) char *empty = pu_list_format(pus, 0);
    assert(empty[0] == '\0');
}

int main(void)
{
    test_pu_list();
    test_policies();
    test_places();
    test_permutations();
    test_hybrid();
    test_restricted();
    test_generator();
    test_quota();
    test_many_tasks();
    test_tasks_of();
    test_check();
    return 0;
}
