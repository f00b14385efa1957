/* SPDX-License-Identifier: MIT */
/*
 * Sleepers beside chatty tasks: these compute for `hold_us`, then let the lock
 * go for `gap_ns` around a native call, again and again, as an event loop or a
 * thread with much I/O does. The latency is how late a sleeper goes on.
 *
 * This is the inverse convoy: under a lock that hands nothing over, each gap
 * wakes the waiter and is over before it runs, and a waiter that was woken in
 * vain begins its switch interval anew.
 */
#include "workloads/burst.h"
#include "workloads/countdown.h"
#include "workloads/verify.h"

/* Some microseconds: little beside a hold, and long beside a safepoint of any
 * lock, so that a hold lasts equally long under all of them. */
#define POLL_ITERATIONS 1024

struct mixed_chatty {
    uint64_t iterations; /* of one hold */
    uint64_t gap_ns;
};

static int mixed_chatty_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    struct mixed_chatty *state = run->state;
    state->iterations = burst_iterations(
        (uint64_t)params_get(run->params, "hold_us") * NS_PER_US);
    state->gap_ns = (uint64_t)params_get(run->params, "gap_ns");
    return 0;
}

static void spin(void *arg)
{
    uint64_t end_ns = clock_now_ns() + *(const uint64_t *)arg;
    while (clock_now_ns() < end_ns) {
    }
}

/* burst_compute() with fewer safepoints. */
static uint64_t hold(struct exec *ex, uint64_t iterations)
{
    uint64_t proof = 0;
    for (uint64_t left = iterations; left > 0; left--) {
        __asm__("" : "+r"(left));
        proof = countdown_next(proof);
        if (left % POLL_ITERATIONS == 0 && unlikely(!exec_safepoint(ex))) {
            break;
        }
    }
    return proof;
}

static void chat(struct exec *ex, struct workload_run *run)
{
    struct mixed_chatty *state = run->state;
    uint64_t expected = countdown_proof(state->iterations);
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        if (hold(ex, state->iterations) != expected) {
            if (!exec_stopping(ex)) {
                workload_fail(ex, run, -EBADMSG, "computing");
            }
            return;
        }
        exec_detached(ex, spin, &state->gap_ns);
        exec_progress(ex, ++steps);
    }
}

static void nap(struct exec *ex, struct workload_run *run)
{
    uint64_t sleep_ns =
        (uint64_t)params_get(run->params, "sleep_us") * NS_PER_US;
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        uint64_t deadline_ns = clock_now_ns() + sleep_ns;
        exec_sleep_until(ex, deadline_ns);
        uint64_t now_ns = clock_now_ns();
        if (now_ns < deadline_ns) {
            workload_fail(ex, run, -EBADMSG, "waking up too early");
            return;
        }
        exec_record(ex, now_ns - deadline_ns);
        exec_progress(ex, ++steps);
    }
}

static void mixed_chatty_main(struct exec *ex, struct workload_run *run)
{
    if (ex->index < run->tasks) {
        nap(ex, run);
    } else {
        chat(ex, run);
    }
}

/* A sleeper that got no turn is the result that this workload is for. */
static int mixed_chatty_verify(struct workload_run *run, struct diag *diag)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < run->tasks + run->background; i++) {
        sum += workload_steps(run, i);
    }
    return sum ? 0 : diag_set(diag, -EBADMSG, "no task made a step");
}

static size_t mixed_chatty_background(const struct params *params, size_t tasks)
{
    (void)tasks;
    return (size_t)params_get(params, "chatty_tasks");
}

static const struct param mixed_chatty_params[] = {
    {.name = "sleep_us",
     .help = "how long a sleeper sleeps before it wants to go on",
     .unit = "us",
     .def = 1000,
     .min = 1,
     .max = 1000000},
    {.name = "chatty_tasks",
     .help = "tasks that let the lock go often and briefly",
     .unit = "tasks",
     .def = 1,
     .min = 0,
     .max = 10000},
    {.name = "hold_us",
     .help = "how long they compute with the lock",
     .unit = "us",
     .def = 100,
     .min = 0,
     .max = 1000000},
    {.name = "gap_ns",
     .help = "how long they are without it",
     .unit = "ns",
     .def = 500,
     .min = 0,
     .max = 1000000000},
    {0},
};

const struct workload workload_mixed_chatty = {
    .unit = {.name = "mixed_chatty",
             .summary = "sleepers beside tasks that let the lock go often and "
                        "briefly",
             .params = mixed_chatty_params},
    .class = WORKLOAD_MIXED,
    .version = 2,
    .step_name = "one sleep",
    .state_size = sizeof(struct mixed_chatty),
    .background = mixed_chatty_background,
    .prepare = mixed_chatty_prepare,
    .main = mixed_chatty_main,
    .verify = mixed_chatty_verify,
};
