/* SPDX-License-Identifier: MIT */
#pragma once

#include "harness/base/diag.h"

/* `gilbench compare --stored FILE...`; as a command's `run`. */
int trend_command(int argc, char **argv, struct diag *diag);

/* True if --stored is among the words. */
int trend_is_asked(int argc, char *const *argv);
