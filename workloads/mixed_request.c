/* SPDX-License-Identifier: MIT */
/*
 * A service that computes `cpu_us` for each request and waits `wait_us` for
 * somebody else. The latency is the time of a request.
 *
 * The computing is a number of iterations, not a time: work that ends by the
 * clock would become less whenever its thread is preempted, and every model
 * would look alike. How many iterations make cpu_us is measured in prepare,
 * on the first place, and taken from the fastest of several trials that two
 * others confirm, because noise can only make a trial slower. There is a
 * safepoint in every iteration.
 */
#include "workloads/countdown.h"
#include "workloads/verify.h"

#define TRIAL_ITERATIONS 200000 /* 0.2 to 1 ms */
#define TRIALS_MAX       12
#define CONFIRMATIONS    2
#define CONFIRM_PERCENT  1

struct mixed_request {
    uint64_t iterations; /* of one request */
    uint64_t wait_ns;
};

/* The loop of cpu_loop without its counting; stops early when the run is
 * over. The result proves the number of iterations. */
static __attribute__((noinline)) uint64_t compute(struct exec *ex,
                                                  uint64_t iterations)
{
    uint64_t proof = 0;
    for (uint64_t left = iterations; left > 0; left--) {
        __asm__("" : "+r"(left));
        proof = countdown_next(proof);
        if (unlikely(!exec_safepoint(ex))) {
            break;
        }
    }
    return proof;
}

/* A trial has a task's breaker word in front of it that nobody sets. */
static uint64_t trial_ns(void)
{
    struct exec ex = {0};
    uint64_t start_ns = clock_now_ns();
    uint64_t proof = compute(&ex, TRIAL_ITERATIONS);
    uint64_t took_ns = clock_now_ns() - start_ns;
    return proof == countdown_proof(TRIAL_ITERATIONS) ? took_ns : UINT64_MAX;
}

/* The fastest trial, once two others came near it. */
static uint64_t calibrate_ns(void)
{
    uint64_t best_ns = UINT64_MAX;
    int confirmed = 0;
    for (int i = 0; i < TRIALS_MAX && confirmed < CONFIRMATIONS; i++) {
        uint64_t ns = trial_ns();
        if (ns < best_ns - best_ns / 100 * CONFIRM_PERCENT) {
            confirmed = 0;
        } else if (ns < best_ns + best_ns / 100 * CONFIRM_PERCENT) {
            confirmed++;
        }
        best_ns = ns < best_ns ? ns : best_ns;
    }
    return best_ns;
}

static int mixed_request_prepare(struct workload_run *run, struct diag *diag)
{
    (void)diag;
    struct mixed_request *state = run->state;
    uint64_t cpu_ns = (uint64_t)params_get(run->params, "cpu_us") * NS_PER_US;
    state->wait_ns = (uint64_t)params_get(run->params, "wait_us") * NS_PER_US;
    state->iterations = cpu_ns ? cpu_ns * TRIAL_ITERATIONS / calibrate_ns() : 0;
    return 0;
}

static void mixed_request_main(struct exec *ex, struct workload_run *run)
{
    const struct mixed_request *state = run->state;
    uint64_t expected = countdown_proof(state->iterations);
    uint64_t steps = 0;
    while (exec_safepoint(ex)) {
        uint64_t start_ns = clock_now_ns();
        if (compute(ex, state->iterations) != expected) {
            if (!exec_stopping(ex)) {
                workload_fail(ex, run, -EBADMSG, "computing");
            }
            return;
        }
        if (state->wait_ns) {
            exec_sleep_until(ex, clock_now_ns() + state->wait_ns);
        }
        exec_record(ex, clock_now_ns() - start_ns);
        exec_progress(ex, ++steps);
    }
}

static int mixed_request_verify(struct workload_run *run, struct diag *diag)
{
    return verify_some_steps(run, diag); /* each step has checked itself */
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
    .unsupported = mixed_request_unsupported,
    .prepare = mixed_request_prepare,
    .main = mixed_request_main,
    .verify = mixed_request_verify,
};
