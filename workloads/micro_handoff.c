/* SPDX-License-Identifier: MIT */
/*
 * A token goes round the tasks: each waits for it, counts, and wakes the
 * next. Every step is one completed hand-off, under every model.
 *
 * The end: the first holder that finds the run over closes the ring. Whoever
 * gets the token from then on passes it on and leaves, so after one more round
 * all have left. (Each task alone obeying its own stop bit would not do: the
 * token could come back to one that has left while others still wait for it.)
 */
#include "workloads/verify.h"

struct micro_handoff {
    /* Both belong to the holder of the token. */
    uint64_t handoffs;
    bool closing;
};

struct micro_handoff_task {
    struct exec_event token; /* set: the token is here */
};

static void micro_handoff_main(struct exec *ex, struct workload_run *run)
{
    struct micro_handoff *state = run->state;
    struct micro_handoff_task *own = workload_task(run, ex);
    size_t next_index = (ex->index + 1u) % run->tasks;
    struct micro_handoff_task *next = run->task_state[next_index];
    uint64_t steps = 0;
    bool closing = false;
    if (ex->index == 0) {
        exec_wake(ex, &next->token); /* the token's way begins */
    }
    while (!closing) {
        exec_wait(ex, &own->token);
        state->handoffs++;
        exec_progress(ex, ++steps);
        closing = state->closing || !exec_safepoint(ex);
        state->closing = closing;
        exec_wake(ex, &next->token);
    }
}

static int micro_handoff_verify(struct workload_run *run, struct diag *diag)
{
    const struct micro_handoff *state = run->state;
    uint64_t counted = verify_sum_steps(run);
    if (counted != state->handoffs) {
        return diag_set(diag, -EBADMSG,
                        "the token was handed on %llu times, the tasks "
                        "counted %llu",
                        (unsigned long long)state->handoffs,
                        (unsigned long long)counted);
    }
    /* In a ring all counts are equal, but for the round that was cut. */
    for (size_t i = 1; i < run->tasks; i++) {
        uint64_t a = workload_steps(run, 0);
        uint64_t b = workload_steps(run, i);
        if (a > b + 1 || b > a + 1) {
            return diag_set(diag, -EBADMSG,
                            "task %zu had %llu turns and task 0 had %llu", i,
                            (unsigned long long)b, (unsigned long long)a);
        }
    }
    return 0;
}

static const char *micro_handoff_unsupported(const struct params *params,
                                             size_t tasks, const char *model)
{
    (void)params;
    (void)model;
    return tasks < 2 ? "a hand-off needs two tasks or more" : NULL;
}

const struct workload workload_micro_handoff = {
    .unit = {.name = "micro_handoff",
             .summary = "a token passed round the tasks by wait and wake"},
    .class = WORKLOAD_MICRO,
    .version = 1,
    .step_name = "one completed hand-off",
    .state_size = sizeof(struct micro_handoff),
    .task_size = sizeof(struct micro_handoff_task),
    .needs = EXEC_SHARES_MEMORY,
    .unsupported = micro_handoff_unsupported,
    .main = micro_handoff_main,
    .verify = micro_handoff_verify,
};
