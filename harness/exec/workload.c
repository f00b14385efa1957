/* SPDX-License-Identifier: MIT */
#include "harness/exec/workload.h"

#include "harness/base/limits.h"

#include <errno.h>
#include <string.h>

const char *const workload_via_choices[] = {
    [EXEC_INLINE] = "inline", [EXEC_EXECUTOR] = "executor", NULL};

bool workload_task_step(struct exec *ex, struct workload_run *run,
                        const struct workload *workload)
{
    int rc = workload->step(ex, run);
    if (rc < 0) {
        workload_fail(ex, run, rc, "making a step");
    }
    return rc == 0;
}

void workload_task_finish(struct exec *ex, struct workload_run *run,
                          const struct workload *workload)
{
    if (workload->finish) {
        workload->finish(ex, run);
    }
}

/* The loop around `step`. A yield every `yield_steps` steps; never is a
 * countdown that does not end, so both cost the same. */
static void step_loop(struct exec *ex, struct workload_run *run,
                      const struct workload *workload)
{
    uint64_t yield_steps =
        (uint64_t)params_get_or(run->params, "yield_steps", 0);
    uint64_t until_yield = yield_steps ? yield_steps : UINT64_MAX;
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        if (!workload_task_step(ex, run, workload)) {
            break;
        }
        exec_progress(ex, ++steps);
        if (--until_yield == 0) {
            until_yield = yield_steps;
            exec_yield(ex);
        }
    }
    workload_task_finish(ex, run, workload);
}

void workload_task_main(struct exec *ex, struct workload_run *run,
                        const struct workload *workload)
{
    if (workload->main) {
        workload->main(ex, run);
    } else {
        step_loop(ex, run, workload);
    }
}

void workload_fail(struct exec *ex, struct workload_run *run, int code,
                   const char *doing)
{
    int none = 0;
    if (atomic_compare_exchange_strong_explicit(&run->failed, &none, code,
                                                memory_order_relaxed,
                                                memory_order_relaxed)) {
        run->failed_task = ex->index;
        run->failed_doing = doing;
    }
}

int workload_failure(const struct workload_run *run, struct diag *diag)
{
    int code = atomic_load_explicit(&run->failed, memory_order_relaxed);
    if (code == 0) {
        return 0;
    }
    char limit[128];
    bool limited = (code == -EAGAIN || code == -ENOMEM) &&
                   limits_of_memory(limit, sizeof(limit));
    return diag_set(diag, code, "task %u failed, %s: %s%s%s", run->failed_task,
                    run->failed_doing, strerror(-code), limited ? "; " : "",
                    limited ? limit : "");
}
