/* SPDX-License-Identifier: MIT */
/*
 * Runs one repetition in a fresh process: `PROGRAM cell` gets the request on
 * stdin and answers on stdout. Whatever that process does - crash, hang, talk
 * nonsense - is an outcome, never the end of the run.
 *
 * The process gets a process group of its own, so that a time-out or an
 * interrupt also ends its load generator; and where it is a gilbench, and no
 * script that runs one, it dies with the runner, even when that is killed
 * (spawn.h).
 */
#pragma once

#include "harness/base/diag.h"

#include <signal.h>

enum runner_status {
    RUNNER_ANSWERED, /* exit code 0 and something on stdout */
    RUNNER_FAILED,   /* exit code, signal or no answer: see reason */
    RUNNER_TIMEOUT,
    RUNNER_INTERRUPTED, /* the caller's flag was raised */
};

struct runner_outcome {
    enum runner_status status;
    char *answer;  /* RUNNER_ANSWERED: what stood on stdout */
    char *reason;  /* else: one line */
    int exit_code; /* -1: it did not exit by itself */
    double wall_s; /* from its start to reaping */
};

struct runner_request {
    const char *program;
    const char *argument; /* NULL: "cell" */
    const char *text;
    /* As many bytes more in its environment: the stack begins elsewhere, and
     * with it what shares a cache line (Mytkowicz et al. 2009). */
    unsigned padding;
    double timeout_s;
    const volatile sig_atomic_t *interrupted; /* checked on EINTR */
};

/* Negative errno only when no process could be made at all. */
int runner_run(const struct runner_request *request, struct runner_outcome *ret,
               struct diag *diag);
void runner_outcome_deinit(struct runner_outcome *outcome);
