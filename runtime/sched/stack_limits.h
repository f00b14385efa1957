/* SPDX-License-Identifier: MIT */
/* Why there cannot be so many stacks: the limit, and what helps. */
#pragma once

#include "runtime/sched/stack.h"

/* Each stack that is run on is a page of memory at least. -ENOMEM if so much
 * is not there: better than being killed half-way. */
int stack_limits_check(size_t stacks, struct diag *diag);

/* After stack_new() has found no room for one of `wanted` stacks: -EAGAIN. */
int stack_limits_explain(const struct stack_pool *pool, size_t wanted,
                         struct diag *diag);
