/* SPDX-License-Identifier: MIT */
/*
 * Starts a program for the runner and, in it, ties its life to the runner's.
 *
 * With posix_spawn(): a fork would copy the page tables of the runner, which
 * then faults on each page that it writes to. It cannot ask for a signal at the
 * runner's death, so the program does, and knows whose by its environment:
 *
 *   GILBENCH_RUNNER    the runner's process
 *   GILBENCH_PADDING   takes room, see struct runner_request
 */
#pragma once

#include "harness/cell/runner.h"

#include <sys/types.h>

/* `fds` become stdin, stdout and stderr; the process leads a group of its own,
 * blocks no signal and handles none as the runner does. Negative errno:
 * -EAGAIN or -ENOMEM if there is no room for a process, else the program cannot
 * be run. */
int spawn_program(const struct runner_request *request, const int fds[3],
                  pid_t *ret);

/* In a program that may have been started so: dies with its runner, if that is
 * its parent. */
void spawn_die_with_runner(void);
