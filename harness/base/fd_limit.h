/* SPDX-License-Identifier: MIT */
/* Room for many descriptors: a cell with 2,000 connections needs more than
 * the usual soft limit of 1,024. */
#pragma once

#include "harness/base/diag.h"

#include <stdbool.h>
#include <stddef.h>

/* Could this process have `n` more descriptors, once the soft limit is
 * raised? Changes nothing. */
bool fd_limit_fits(size_t n);

/* Raises the soft limit to the hard one if `n` more descriptors need it.
 * -EMFILE, with both numbers, if they do not fit. */
int fd_limit_reserve(size_t n, struct diag *diag);
