/* SPDX-License-Identifier: MIT */
#include "bench/cell_process.h"

#include "bench/cell_protocol.h"
#include "bench/command.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/repetition_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Beyond what a repetition should take: a drain may have to hand a lock to
 * thousands of threads on a busy machine, a million stacks must be touched. */
#define TIMEOUT_GRACE_S 20.0
#define TIMEOUT_TASK_S  100e-6

int cell_process_init(struct cell_process *process,
                      const volatile sig_atomic_t *interrupted,
                      struct diag *diag)
{
    *process = (struct cell_process){.interrupted = interrupted};
    process->program_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (process->program_fd < 0) {
        return diag_set(diag, -errno, "cannot find this program: %s",
                        strerror(errno));
    }
    snprintf(process->program, sizeof(process->program), "/proc/self/fd/%d",
             process->program_fd);
    return 0;
}

void cell_process_deinit(struct cell_process *process)
{
    close_p(&process->program_fd);
}

static void leave_out(json_t *params, const json_t *names)
{
    size_t i;
    const json_t *name;
    json_array_foreach((json_t *)names, i, name)
    {
        json_object_del(params, json_string_value(name));
    }
}

/* Another version's figures might mean something else: it counts as a program
 * that has refused. */
static void check_protocol(struct runner_outcome *outcome)
{
    json_t *answer = json_loads(outcome->answer, 0, NULL);
    if (cell_answer_is_foreign(answer)) {
        outcome->status = RUNNER_FAILED;
        outcome->exit_code = EXIT_NOT_COMPARABLE;
        outcome->reason =
            strdup("it answers in another version of the cell protocol");
        must(outcome->reason != NULL);
    }
    json_decref(answer);
}

int cell_process_run(const struct cell_process *process,
                     const struct cell *cell, struct runner_outcome *ret,
                     struct diag *diag)
{
    json_t *request = cell_request_new(cell);
    leave_out(json_object_get(request, "params"), process->unknown_params);
    _cleanup_(free_p) char *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    must(text != NULL);
    double patience = TIMEOUT_GRACE_S +
                      TIMEOUT_TASK_S * (double)(cell->tasks + cell->background);
    struct runner_request runner = {.program = process->program,
                                    .text = text,
                                    .padding = process->padding,
                                    .timeout_s = cell_seconds(cell) + patience,
                                    .interrupted = process->interrupted};
    int rc = runner_run(&runner, ret, diag);
    if (rc == 0 && ret->status == RUNNER_ANSWERED) {
        check_protocol(ret);
    }
    return rc;
}

static json_t *read_answer(const struct runner_outcome *outcome,
                           json_t **ret_answer)
{
    json_t *answer = json_loads(outcome->answer, 0, NULL);
    json_t *repetition = json_object_get(answer, "repetition");
    const char *status = json_string_value(json_object_get(answer, "status"));
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    json_t *result = NULL;
    if (status && strcmp(status, "ok") == 0 && json_is_object(repetition)) {
        result = json_incref(repetition);
    } else {
        result = repetition_lost_to_json(
            "failed", reason ? reason : "its answer is not JSON");
    }
    if (ret_answer) {
        *ret_answer = json_incref(answer);
    }
    json_decref(answer);
    return result;
}

json_t *cell_process_repetition(const struct runner_outcome *outcome,
                                json_t **ret_answer)
{
    if (ret_answer) {
        *ret_answer = NULL;
    }
    if (outcome->status == RUNNER_TIMEOUT) {
        return repetition_lost_to_json("timeout", outcome->reason);
    }
    if (outcome->status != RUNNER_ANSWERED) {
        return repetition_lost_to_json("failed", outcome->reason);
    }
    return read_answer(outcome, ret_answer);
}
