/* SPDX-License-Identifier: MIT */
/* Can a library be used at all? */
#pragma once

#include <stdbool.h>

/*
 * Why the CPython of the file `path` cannot run here, or NULL. It is started
 * in a process of its own, because a CPython that finds itself broken ends its
 * process. Remembers its answers; they live as long as the process.
 */
const char *libpython_trial(const char *path);

/* Can it be used, and has it no lock? */
bool libpython_trial_is_free(const char *path);
