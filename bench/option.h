/* SPDX-License-Identifier: MIT */
#pragma once

#include "harness/base/diag.h"

/* After getopt_long() (with opterr 0, ":" for short options, and `val` above
 * 255 for long ones without a value) returned ':' or '?': says which option of
 * the command argv[0] it was, and what is wrong with it. Returns -EINVAL. */
int option_refused(int code, char *const *argv, struct diag *diag);
