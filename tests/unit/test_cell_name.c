/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "bench/cell_name.h"

#include "harness/base/cacheline.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static void test_full(void)
{
    struct cell_name name;
    assert(cell_name_parse("cpu_loop/gil_threads:libpython/tasks=4/"
                           "placement=pus=0+2-3/library=/usr/lib/x/y.so/"
                           "switch_interval_us=500",
                           &name, NULL) == 0);
    const struct plan_request *request = &name.request;
    assert(strcmp(request->workload, "cpu_loop") == 0);
    assert(strcmp(request->model, "gil_threads") == 0);
    assert(strcmp(request->lock, "libpython") == 0);
    assert(strcmp(request->tasks, "4") == 0);
    assert(strcmp(request->placement, "pus=0+2-3") == 0);
    assert(request->n_sets == 2);
    assert(strcmp(request->sets[0], "library=/usr/lib/x/y.so") == 0);
    assert(strcmp(request->sets[1], "switch_interval_us=500") == 0);
    cell_name_deinit(&name);
}

static void test_short(void)
{
    struct cell_name name;
    assert(cell_name_parse("io_sleep/coop_tasks", &name, NULL) == 0);
    assert(strcmp(name.request.workload, "io_sleep") == 0);
    assert(strcmp(name.request.model, "coop_tasks") == 0);
    assert(!name.request.lock && !name.request.tasks);
    assert(name.request.n_sets == 0);
    cell_name_deinit(&name);
    cell_name_deinit(&name);
}

static void test_bad(void)
{
    static const char *const bad[] = {"",          "cpu_loop",
                                      "/",         "cpu_loop/",
                                      "/m",        "a/b/c",
                                      "a.json",    "results/quick.json/x",
                                      "tasks=4",   "cpu_loop/tasks=4",
                                      "a//tasks=4"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct cell_name name;
        struct diag diag = {{0}};
        assert(cell_name_parse(bad[i], &name, &diag) == -EINVAL);
        assert(strstr(diag.text, "is no cell"));
    }
}

int main(void)
{
    test_full();
    test_short();
    test_bad();
    return 0;
}
