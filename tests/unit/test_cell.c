/* SPDX-License-Identifier: MIT */
/* Which cells would be wrong to run, and which ask for what a model keeps
 * apart. */
#undef NDEBUG
#include "harness/cell/cell.h"

#include "harness/base/cleanup.h"
#include "runtime/locks/lock_policy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

extern const struct exec_model exec_model_coop_tasks, exec_model_free_threads,
    exec_model_gil_per_interpreter, exec_model_gil_threads,
    exec_model_processes;
extern const struct lock_policy lock_policy_null, lock_policy_cpython3;

static const char *unsafe(const struct params *params)
{
    (void)params;
    return "they exclude each other";
}

static size_t one_each(const struct params *params, size_t tasks)
{
    (void)params;
    return tasks;
}

static const struct workload sharing = {.unit = {.name = "sharing"},
                                        .needs = EXEC_SHARES_OBJECTS,
                                        .unsafe = unsafe};
static const struct workload accompanied = {.unit = {.name = "accompanied"},
                                            .needs = EXEC_SHARES_OBJECTS,
                                            .background = one_each,
                                            .unsafe = unsafe};

enum verdict {
    RUNS,
    UNSAFE,
    APART, /* its objects; unsafe as well if it has several tasks */
};

static enum verdict judge(const struct workload *workload,
                          const struct exec_model *model,
                          const struct lock_policy *lock, size_t tasks,
                          const char *setting)
{
    struct cell cell = {.workload = workload,
                        .model = model,
                        .lock = model->takes_lock ? &lock->unit : NULL,
                        .tasks = tasks};
    cell_params_init(&cell.params, workload, model, cell.lock);
    if (setting) {
        const char *equals = strchr(setting, '=');
        _cleanup_(free_p) char *name = strndup(setting, equals - setting);
        assert(params_set(&cell.params, name, equals + 1, NULL) == 0);
    }
    _cleanup_(free_p) char *wrong = cell_unsafe(&cell);
    _cleanup_(free_p) char *impossible = cell_impossible(&cell);
    assert(impossible || !wrong);
    if (impossible && strstr(impossible, "keeps apart")) {
        assert((wrong != NULL) == (tasks > 1 || workload->background));
        return APART;
    }
    assert(!impossible || strcmp(impossible, wrong) == 0);
    return wrong ? UNSAFE : RUNS;
}

static void test_alone(void)
{
    const struct lock_policy *null = &lock_policy_null;
    const struct exec_model *free_threads = &exec_model_free_threads;
    assert(judge(&sharing, free_threads, NULL, 1, NULL) == RUNS);
    assert(judge(&sharing, free_threads, NULL, 2, NULL) == UNSAFE);
    assert(judge(&sharing, &exec_model_gil_threads, null, 1, NULL) == RUNS);
    assert(judge(&sharing, &exec_model_gil_threads, null, 2, NULL) == UNSAFE);
    assert(judge(&sharing, &exec_model_coop_tasks, NULL, 1, "loops=2") == RUNS);
    assert(judge(&sharing, &exec_model_coop_tasks, NULL, 2, "loops=2") ==
           UNSAFE);
    /* Its background task runs beside it. */
    assert(judge(&accompanied, free_threads, NULL, 1, NULL) == UNSAFE);
    /* Who looks at what it has done is in another process. */
    assert(judge(&sharing, &exec_model_processes, &lock_policy_cpython3, 1,
                 NULL) == APART);
}

static void test_interpreters(void)
{
    static const struct {
        const struct workload *workload;
        size_t tasks;
        const char *setting;
        enum verdict cpython3;
        enum verdict null;
    } cases[] = {
        {&sharing, 1, NULL, RUNS, RUNS},
        {&sharing, 1, "interpreters=4", RUNS, RUNS},
        {&sharing, 2, NULL, APART, APART},
        {&sharing, 3, "interpreters=2", APART, APART},
        {&sharing, 3, "interpreters=1", RUNS, UNSAFE},
        {&accompanied, 1, NULL, APART, APART},
        {&accompanied, 1, "interpreters=1", RUNS, UNSAFE},
    };
    const struct exec_model *model = &exec_model_gil_per_interpreter;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert(judge(cases[i].workload, model, &lock_policy_cpython3,
                     cases[i].tasks, cases[i].setting) == cases[i].cpython3);
        assert(judge(cases[i].workload, model, &lock_policy_null,
                     cases[i].tasks, cases[i].setting) == cases[i].null);
    }
}

int main(void)
{
    test_alone();
    test_interpreters();
    return 0;
}
