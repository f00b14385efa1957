/* SPDX-License-Identifier: MIT */
/*
 * A service that computes `cpu_us` for each request and waits `wait_us` for
 * somebody else. The latency is the time of a request.
 *
 * How many iterations make cpu_us is measured in prepare, on the first place
 * (workloads/burst.h).
 */
#include "workloads/burst.h"
#include "workloads/countdown.h"
#include "workloads/verify.h"

#include <errno.h>
#include <time.h>

struct mixed_request {
    uint64_t iterations; /* of one request */
    uint64_t proof;      /* of them */
    uint64_t wait_ns;
};

struct mixed_request_task {
    uint64_t last_ns; /* when its last request ended; 0: there was none */
    struct timespec wait;
};

/* Of the parameter `wait`. */
enum { WAIT_TIMER, WAIT_BLOCKING };

/* Foreign code: it knows neither tasks nor locks. */
static void blocking_wait(void *arg)
{
    const struct mixed_request_task *task = arg;
    struct timespec left = task->wait;
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
}

static void await_somebody(struct exec *ex, struct workload_run *run)
{
    const struct mixed_request *state = run->state;
    if (params_get(run->params, "wait") == WAIT_TIMER) {
        exec_sleep_until(ex, clock_now_ns() + state->wait_ns);
    } else {
        struct mixed_request_task *task = workload_task(run, ex);
        task->wait = timespec_of_ns(state->wait_ns);
        exec_blocking(ex, blocking_wait, task,
                      (enum exec_via)params_get(run->params, "via"));
    }
}

static int mixed_request_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    struct mixed_request *state = run->state;
    uint64_t cpu_ns = (uint64_t)params_get(run->params, "cpu_us") * NS_PER_US;
    state->wait_ns = (uint64_t)params_get(run->params, "wait_us") * NS_PER_US;
    state->iterations = burst_iterations(cpu_ns);
    state->proof = countdown_proof(state->iterations);
    return 0;
}

/* From the end of a task's last request: in a pool a request waits for its
 * thread, and that counts. */
static int mixed_request_step(struct exec *ex, struct workload_run *run)
{
    const struct mixed_request *state = run->state;
    struct mixed_request_task *task = workload_task(run, ex);
    uint64_t start_ns = task->last_ns ? task->last_ns : clock_now_ns();
    if (burst_compute(ex, state->iterations) != state->proof) {
        return exec_stopping(ex) ? 1 : -EBADMSG;
    }
    if (state->wait_ns) {
        await_somebody(ex, run);
    }
    task->last_ns = clock_now_ns();
    exec_record(ex, task->last_ns - start_ns);
    return 0;
}

static const char *mixed_request_unsupported(const struct params *params,
                                             size_t tasks, const char *model)
{
    (void)tasks;
    (void)model;
    return params_get(params, "cpu_us") == 0 &&
                   params_get(params, "wait_us") == 0
               ? "a request must compute or wait"
               : NULL;
}

static const struct param mixed_request_params[] = {
    {.name = "cpu_us",
     .help = "computing time of a request, alone on its PU",
     .unit = "us",
     .def = 100,
     .min = 0,
     .max = 1000000},
    {.name = "wait_us",
     .help = "how long a request waits for somebody else",
     .unit = "us",
     .def = 900,
     .min = 0,
     .max = 1000000},
    {.name = "wait",
     .help = "as a coroutine waits, or in foreign code that only blocks",
     .unit = "",
     .choices = (const char *const[]){"timer", "blocking", NULL},
     .def = WAIT_TIMER,
     .max = WAIT_BLOCKING},
    WORKLOAD_VIA,
    {0},
};

const struct workload workload_mixed_request = {
    .unit = {.name = "mixed_request",
             .summary = "requests that compute and then wait",
             .params = mixed_request_params},
    .class = WORKLOAD_MIXED,
    .version = 1,
    .step_name = "one request",
    .state_size = sizeof(struct mixed_request),
    .task_size = sizeof(struct mixed_request_task),
    .unsupported = mixed_request_unsupported,
    .prepare = mixed_request_prepare,
    .step = mixed_request_step,
    .verify = verify_nothing_left,
};
