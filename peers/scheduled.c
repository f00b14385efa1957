/* SPDX-License-Identifier: MIT */
#include "peers/scheduled.h"

#include "harness/base/limits.h"

static int join_all(const struct scheduler *scheduler,
                    struct scheduled_task *tasks, size_t n)
{
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        scheduler->join(tasks[i].handle);
        rc = rc < 0 ? rc : tasks[i].failed;
    }
    return rc;
}

int scheduled_run(struct peer_run *run, const struct scheduler *scheduler,
                  scheduled_fn *fn, struct diag *diag)
{
    size_t n = run->work->tasks;
    int rc = scheduler->begin ? scheduler->begin(run, diag) : 0;
    struct exec *execs = peer_tasks_new(run);
    struct scheduled_task *tasks = peer_memory(run, n * sizeof(*tasks));
    if (rc < 0 || !execs || !tasks) {
        return rc < 0 ? rc : limits_no_memory(-ENOMEM, "the tasks", diag);
    }
    for (size_t i = 0; i < n; i++) {
        tasks[i] = (struct scheduled_task){.run = run, .ex = &execs[i]};
        tasks[i].handle = scheduler->spawn(run, fn, &tasks[i]);
        if (!tasks[i].handle) {
            char limit[128];
            bool known = limits_of_memory(limit, sizeof(limit));
            return diag_set(diag, -EAGAIN, "%s made only %zu of %zu tasks%s%s",
                            scheduler->name, i, n, known ? ": " : "",
                            known ? limit : "");
        }
    }
    return peer_ready(run) ? join_all(scheduler, tasks, n) : 0;
}
