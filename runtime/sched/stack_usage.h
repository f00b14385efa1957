/* SPDX-License-Identifier: MIT */
/* What a pool's stacks have needed: read from the stacks as they are, so it
 * costs the run nothing. */
#pragma once

#include "harness/exec/exec_model.h"
#include "runtime/sched/stack.h"

/* When no task runs any more. */
void stack_usage(const struct stack_pool *pool, struct exec_stacks *ret);
