/* SPDX-License-Identifier: MIT */
/* Sleeps, again and again. The latency is how late the task wakes up. */
#include "workloads/verify.h"

static void io_sleep_main(struct exec *ex, struct workload_run *run)
{
    uint64_t sleep_ns =
        (uint64_t)params_get(run->params, "sleep_us") * NS_PER_US;
    uint64_t steps = 0;
    uint64_t now_ns = clock_now_ns();
    while (exec_safepoint(ex)) {
        uint64_t deadline_ns = now_ns + sleep_ns;
        exec_sleep_until(ex, deadline_ns);
        now_ns = clock_now_ns();
        if (now_ns < deadline_ns) {
            workload_fail(ex, run, -EBADMSG, "waking up too early");
            return;
        }
        exec_record(ex, now_ns - deadline_ns);
        exec_progress(ex, ++steps);
    }
}

static void io_sleep_describe(struct workload_run *run,
                              struct native_work *work)
{
    work->sleep_ns = (uint64_t)params_get(run->params, "sleep_us") * NS_PER_US;
}

static const struct param io_sleep_params[] = {
    {.name = "sleep_us",
     .help = "how long each sleep is",
     .unit = "us",
     .def = 1000,
     .min = 1,
     .max = 1000000},
    {0},
};

const struct workload workload_io_sleep = {
    .unit = {.name = "io_sleep",
             .summary = "sleeps; the latency is how late it wakes up",
             .params = io_sleep_params},
    .class = WORKLOAD_IO,
    .version = 1,
    .step_name = "one sleep",
    .native = NATIVE_SLEEP,
    .describe = io_sleep_describe,
    .main = io_sleep_main,
    .verify = verify_nothing_left,
};
