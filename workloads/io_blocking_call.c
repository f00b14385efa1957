/* SPDX-License-Identifier: MIT */
/*
 * Calls foreign code that only blocks, such as a database driver without an
 * asynchronous interface. `via` says what an event loop does about it.
 *
 * The latency is the time from one return to the next, so it holds what the
 * task waits for its turn: a loop that is stalled by another task's call.
 */
#include "harness/exec/workload.h"

#include <errno.h>
#include <time.h>

struct io_blocking_call_task {
    struct timespec duration;
    uint64_t calls;   /* counted by the foreign code */
    uint64_t last_ns; /* when the last one returned; 0: there was none */
};

/* The foreign code: it knows neither tasks nor locks. */
static void foreign_call(void *arg)
{
    struct io_blocking_call_task *task = arg;
    struct timespec left = task->duration;
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
    task->calls++;
}

static int io_blocking_call_step(struct exec *ex, struct workload_run *run)
{
    struct io_blocking_call_task *task = workload_task(run, ex);
    uint64_t block_ns =
        (uint64_t)params_get(run->params, "block_us") * NS_PER_US;
    enum exec_via via = (enum exec_via)params_get(run->params, "via");
    uint64_t last_ns = task->last_ns ? task->last_ns : clock_now_ns();
    task->duration = timespec_of_ns(block_ns);
    exec_blocking(ex, foreign_call, task, via);
    task->last_ns = clock_now_ns();
    if (task->last_ns - last_ns < block_ns) {
        return -EBADMSG; /* it returned too early */
    }
    exec_record(ex, task->last_ns - last_ns);
    return 0;
}

static int io_blocking_call_verify(struct workload_run *run, struct diag *diag)
{
    for (size_t i = 0; i < run->tasks; i++) {
        const struct io_blocking_call_task *task = run->task_state[i];
        if (task->calls != workload_steps(run, i)) {
            return diag_set(diag, -EBADMSG,
                            "task %zu: %llu calls were made, %llu counted", i,
                            (unsigned long long)task->calls,
                            (unsigned long long)workload_steps(run, i));
        }
    }
    return 0;
}

static const struct param io_blocking_call_params[] = {
    {.name = "block_us",
     .help = "how long the foreign code blocks",
     .unit = "us",
     .def = 1000,
     .min = 1,
     .max = 1000000},
    WORKLOAD_VIA,
    {0},
};

const struct workload workload_io_blocking_call = {
    .unit = {.name = "io_blocking_call",
             .summary = "calls foreign code that only blocks",
             .params = io_blocking_call_params},
    .class = WORKLOAD_IO,
    .version = 1,
    .step_name = "one call",
    .task_size = sizeof(struct io_blocking_call_task),
    .step = io_blocking_call_step,
    .verify = io_blocking_call_verify,
};
