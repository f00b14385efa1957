/* SPDX-License-Identifier: MIT */
/* From requests to cells: selection, replacement, errors, shards, digests. */
#undef NDEBUG
#include "bench/plan.h"
#include "bench/plan_file.h"
#include "bench/registry.h"
#include "harness/base/cacheline.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct topology *topology;
static char file[] = "/tmp/gilbench-plan-XXXXXX.json";

static void write_plan(const char *text)
{
    FILE *out = fopen(file, "w");
    assert(out && fputs(text, out) >= 0 && fclose(out) == 0);
}

static struct plan resolve(const struct plan_request *request)
{
    struct plan plan = {0};
    struct diag diag = {{0}};
    int r = plan_resolve(request, topology, &plan, &diag);
    if (r < 0) {
        fprintf(stderr, "%s\n", diag.text);
    }
    assert(r == 0);
    return plan;
}

static void refused(const struct plan_request *request, const char *says)
{
    struct plan plan = {0};
    struct diag diag = {{0}};
    int r = plan_resolve(request, topology, &plan, &diag);
    if (r != -EINVAL || !strstr(diag.text, says)) {
        fprintf(stderr, "%d \"%s\", wanted \"%s\"\n", r, diag.text, says);
        assert(0);
    }
    assert(plan.cells == NULL && plan.n == 0);
}

static bool has(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->n; i++) {
        if (strcmp(plan->cells[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* Those that a glob or the default selects. */
static size_t models(void)
{
    size_t n = 0;
    for (size_t i = 0; registry_models[i]; i++) {
        n += !registry_models[i]->by_name_only;
    }
    return n;
}

/* No plan: the options span a product, with the documented defaults. */
static void defaults(void)
{
    const struct plan_request request = {.workload = "cpu_loop"};
    struct plan plan = resolve(&request);
    assert(plan.name == NULL && plan.n == models());
    assert(
        has(&plan, "cpu_loop/gil_threads:cpython3/tasks=1/placement=per_core"));
    assert(has(&plan, "cpu_loop/coop_tasks/tasks=1/placement=per_core"));
    assert(has(&plan, "cpu_loop/free_threads/tasks=1/placement=per_core"));
    for (size_t i = 0; i < plan.n; i++) {
        const struct cell *cell = &plan.cells[i];
        assert(cell->reps == 6 && cell->slices == 5 && cell->slice_ms == 100);
        assert(!cell->lock == !cell->model->takes_lock && !cell->skip);
    }
    plan_deinit(&plan);
}

/* Lists and globs; the lock concerns only models that take one. */
static void product(void)
{
    const char *const sets[] = {"count=1000,2000"};
    const struct plan_request request = {.workload = "cpu_loop,null",
                                         .model = "free_threads,gil_t*",
                                         .lock = "mutex,cpython3,mutex",
                                         .tasks = "4,2,4",
                                         .placement = "one_pu,per_*",
                                         .sets = sets,
                                         .n_sets = 1,
                                         .reps = 9,
                                         .slices = 2,
                                         .slice_ms = 7};
    struct plan plan = resolve(&request);
    /* (2 counts + 1) x (1 + 2 locks) x 3 placements x 2 numbers of tasks */
    assert(plan.n == 3 * 3 * 3 * 2);
    assert(strcmp(plan.cells[0].id,
                  "cpu_loop/free_threads/tasks=4/placement=one_pu/"
                  "count=1000") == 0);
    assert(has(&plan, "null/gil_threads:mutex/tasks=2/placement=per_pu"));
    assert(plan.cells[0].reps == 9 && plan.cells[0].slices == 2 &&
           plan.cells[0].slice_ms == 7);
    plan_deinit(&plan);
}

static void sets(void)
{
    const char *const twice[] = {"count=1000", "count=2000"};
    struct plan_request request = {
        .workload = "cpu_loop", .model = "*", .sets = twice, .n_sets = 2};
    struct plan plan = resolve(&request);
    assert(plan.n == models());
    assert(params_get(&plan.cells[0].params, "count") == 2000);
    plan_deinit(&plan);

    static const struct {
        const char *set;
        const char *says;
    } bad[] = {
        {"cuont=1", "did you mean 'count'?"},
        {"via=inline", "no selected unit has this parameter; workload"},
        {"zzzzzzzz=1", "no selected unit has this parameter"},
        {"count=0", "--set: count=0: out of range"},
        {"count=1s", "--set: count=1s: give a whole number"},
        {"count=", "give KEY=VALUE"},
        {"=1", "give KEY=VALUE"},
        {"count", "give KEY=VALUE"},
        {"count=1,", "--set: count="},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *const set[] = {bad[i].set};
        request.sets = set;
        request.n_sets = 1;
        refused(&request, bad[i].says);
    }
    /* A lock's parameter, with a model that takes a lock among others. */
    const char *const interval[] = {"switch_interval_us=500"};
    request.sets = interval;
    plan = resolve(&request);
    assert(has(&plan, "cpu_loop/gil_threads:cpython3/tasks=1/"
                      "placement=per_core/switch_interval_us=500"));
    assert(has(&plan, "cpu_loop/coop_tasks/tasks=1/placement=per_core"));
    plan_deinit(&plan);
    request.model = "coop_tasks";
    refused(&request, "no selected unit has this parameter; lock");
}

static void bad_requests(void)
{
    const struct {
        struct plan_request request;
        const char *says;
    } bad[] = {
        {{0}, "name a plan or give --workload"},
        {{.workload = "cpu_lop"},
         "unknown workload 'cpu_lop'; did you mean "
         "'cpu_loop'?"},
        {{.workload = "qqqqqqqq"}, "unknown workload 'qqqqqqqq'"},
        {{.workload = "gpu_*"}, "no workload matches 'gpu_*'"},
        {{.workload = ""}, "a name is missing"},
        {{.workload = "null,"}, "a name is missing"},
        {{.workload = "null", .model = "gil_thread"}, "'gil_threads'?"},
        {{.workload = "null", .lock = "cpython"}, "unknown lock"},
        {{.workload = "null", .tasks = "0"}, "--tasks 0: give whole numbers"},
        {{.workload = "null", .tasks = "1000000000"}, "from 1 to 1000000"},
        {{.workload = "null", .tasks = "1,two"}, "--tasks 1,two"},
        {{.workload = "null", .tasks = "-1"}, "--tasks -1"},
        {{.workload = "null", .tasks = "1,"}, "--tasks 1,"},
        {{.workload = "null", .tasks = "99999999999999999999999"}, "--tasks"},
        {{.workload = "null", .placement = "per_coer"}, "'per_core'?"},
        {{.workload = "null", .placement = "pus=0+99"}, "--placement pus=0+99"},
        {{.workload = "null", .placement = "pus=x"}, "--placement pus=x"},
        {{.workload = "null", .shard = "0/2"}, "--shard 0/2"},
        {{.workload = "null", .shard = "3/2"}, "--shard 3/2"},
        {{.workload = "null", .shard = "1"}, "--shard 1"},
        {{.workload = "null", .shard = "1/2x"}, "--shard 1/2x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        refused(&bad[i].request, bad[i].says);
    }
}

static const char example[] =
    "{\"schema_version\":1,\"plan\":\"mine\",\"summary\":\"s\",\"reps\":3,"
    "\"set\":{\"warmup_ms\":10},\"experiments\":["
    "{\"workload\":[\"cpu_loop\"],\"model\":[\"gil_threads\",\"coop_tasks\","
    "\"free_threads\"],\"tasks\":[1,2],\"set\":{\"count\":5}},"
    "{\"workload\":\"cpu_loop\",\"model\":\"gil_threads\",\"lock\":[\"cpython3"
    "\",\"mutex\"],\"tasks\":2.0,\"set\":{\"count\":5,\"switch_interval_us\":"
    "[500,5000]},\"reps\":4},"
    "{\"workload\":\"null\",\"model\":\"free_threads\",\"placement\":"
    "[\"one_pu\",\"pus=99\"]}]}";

static void plan_from_file(void)
{
    write_plan(example);
    const char *const names[] = {file};
    struct plan_request request = {.plans = names, .n_plans = 1};
    struct plan plan = resolve(&request);
    assert(strcmp(plan.name, "mine") == 0);
    /* 6 cells, then 2 locks x 2 intervals of which cpython3 at 5000 is there
     * already, then 2 placements. */
    assert(plan.n == 6 + 3 + 2);
    assert(plan.cells[0].reps == 3 && plan.cells[6].reps == 4);
    assert(params_get(&plan.cells[0].params, "warmup_ms") == 10);
    assert(params_get(&plan.cells[0].params, "count") == 5);
    char digest[17];
    strcpy(digest, plan.digest);
    plan_deinit(&plan);

    /* Options select among its cells... */
    request.model = "gil_threads";
    plan = resolve(&request);
    assert(plan.n == 5 && strcmp(plan.digest, digest) != 0);
    plan_deinit(&plan);
    request.model = NULL;
    request.lock = "mutex"; /* cells without a lock stay */
    plan = resolve(&request);
    assert(plan.n == 4 + 2 + 2);
    plan_deinit(&plan);
    request.lock = NULL;
    request.placement = "one_pu";
    plan = resolve(&request);
    assert(plan.n == 1);
    plan_deinit(&plan);
    request.placement = NULL;
    request.workload = "cpu_json";
    refused(&request, "--workload cpu_json: no cell of plan mine has it");
    request.workload = "null";
    request.model = "gil*";
    refused(&request, "no cell of plan mine has all that was selected");

    /* ...or replace values; what then is the same runs once. */
    const char *const set[] = {"switch_interval_us=700"};
    request = (struct plan_request){.plans = names,
                                    .n_plans = 1,
                                    .tasks = "8",
                                    .sets = set,
                                    .n_sets = 1,
                                    .reps = 7,
                                    .slices = 1,
                                    .slice_ms = 5};
    plan = resolve(&request);
    assert(plan.n == 3 + 1 + 2);
    assert(has(&plan, "cpu_loop/gil_threads:mutex/tasks=8/placement=per_core/"
                      "count=5/switch_interval_us=700/warmup_ms=10"));
    assert(plan.cells[0].reps == 7 && plan.cells[0].slices == 1 &&
           plan.cells[0].slice_ms == 5);
    plan_deinit(&plan);
}

static void bad_plans(void)
{
    static const struct {
        const char *experiment;
        const char *says;
    } bad[] = {
        {"{\"workload\":\"cpu_lop\"}",
         "/experiments/0: unknown workload 'cpu_lop'; did you mean"},
        {"{\"workload\":\"null\",\"set\":{\"count\":5}}",
         "/experiments/0/set: no unit of this experiment has a parameter "
         "'count'"},
        {"{\"workload\":\"cpu_loop\",\"set\":{\"count\":\"x\"}}",
         "/experiments/0/set: count=x: give a whole number"},
        {"{\"workload\":\"null\",\"tasks\":0}", "/experiments/0/tasks: 0 is"},
        {"{\"workload\":\"null\",\"tasks\":\"2\"}", "/experiments/0/tasks"},
        {"{\"workload\":\"null\",\"taks\":2}",
         "/experiments/0/taks: unknown key"},
        {"{\"workload\":\"null\",\"placement\":\"per_coer\"}", "'per_core'?"},
        {"{}", "/experiments/0: it names no workload"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char text[400];
        snprintf(text, sizeof(text),
                 "{\"schema_version\":1,\"plan\":\"p\",\"summary\":\"s\","
                 "\"experiments\":[%s]}",
                 bad[i].experiment);
        write_plan(text);
        const char *const names[] = {file};
        const struct plan_request request = {.plans = names, .n_plans = 1};
        refused(&request, bad[i].says);
    }
    write_plan("{\"schema_version\":2}");
    const char *const names[] = {file};
    const struct plan_request request = {.plans = names, .n_plans = 1};
    refused(&request, "schema_version 2 is newer");
    write_plan("{\"schema_version\":1,\"plan\":\"p\",\"summary\":\"s\",\"set\":"
               "{\"nothing\":1},\"experiments\":[{\"workload\":\"null\"}]}");
    refused(&request, "/set: no unit of this plan has a parameter 'nothing'");
    const char *const unknown[] = {"quik"};
    const struct plan_request other = {.plans = unknown, .n_plans = 1};
    refused(&other, "unknown plan 'quik'; did you mean 'quick'?");
}

/* Shards share a digest, and together they are the plan. */
static void shards(void)
{
    struct plan_request request = {.workload = "cpu_*", .tasks = "1,2,3"};
    struct plan whole = resolve(&request);
    size_t n = 0;
    static const char *const names[] = {"1/4", "2/4", "3/4", "4/4"};
    for (size_t i = 0; i < 4; i++) {
        request.shard = names[i];
        struct plan part = resolve(&request);
        assert(strcmp(part.digest, whole.digest) == 0);
        assert(strcmp(part.cells[0].id, whole.cells[i].id) == 0);
        n += part.n;
        plan_deinit(&part);
    }
    assert(n == whole.n);
    plan_deinit(&whole);
    request = (struct plan_request){
        .workload = "null", .model = "coop_tasks", .shard = "2/2"};
    struct plan empty = resolve(&request);
    assert(empty.n == 0);
    plan_deinit(&empty);
}

/* What cannot be is skipped and says why. */
static void skipped(void)
{
    const struct plan_request request = {
        .workload = "micro_handoff", .model = "coop_tasks", .tasks = "1"};
    struct plan plan = resolve(&request);
    assert(plan.n == 1 && plan.cells[0].skip);
    plan_deinit(&plan);
}

static void built_in(void)
{
    for (const struct embedded_file *plan = plan_files; plan->name; plan++) {
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)strlen(plan->name) - 5,
                 plan->name);
        const char *const names[] = {name};
        const struct plan_request request = {.plans = names, .n_plans = 1};
        struct plan resolved = resolve(&request);
        assert(strcmp(resolved.name, name) == 0 && resolved.n > 0);
        json_t *json = plan_to_json(&resolved, &request, 5);
        assert(json_integer_value(json_object_get(json, "cells")) ==
               (json_int_t)resolved.n);
        json_decref(json);
        plan_deinit(&resolved);
        json = NULL;
        assert(plan_file_load(name, &json, NULL) == 0);
        assert(plan_check(json, name, NULL) == 0);
        json_decref(json);
    }
}

int main(void)
{
    assert(topology_load_synthetic("pack:1 core:2 pu:2", &topology, NULL) == 0);
    int fd = mkstemps(file, 5);
    assert(fd >= 0 && close(fd) == 0);
    defaults();
    product();
    sets();
    bad_requests();
    plan_from_file();
    bad_plans();
    shards();
    skipped();
    built_in();
    assert(unlink(file) == 0);
    topology_free(topology);
    return 0;
}
