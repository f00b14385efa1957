/* SPDX-License-Identifier: MIT */
/* Room for many descriptors: a cell with 2,000 connections needs more than
 * the usual soft limit of 1,024. */
#pragma once

#include "harness/base/diag.h"

#include <stddef.h>

/* Why this process could not have `n` more descriptors, even with the soft
 * limit raised, with both numbers and the remedy; NULL: it could. Changes
 * nothing; the text is good until the next call. */
const char *fd_limit_lacks(size_t n);

/* Raises the soft limit to the hard one if `n` more descriptors need it.
 * -EMFILE, with both numbers, if they do not fit. */
int fd_limit_reserve(size_t n, struct diag *diag);
