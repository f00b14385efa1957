/* SPDX-License-Identifier: MIT */
/* The verbs of the exec contract for tasks of a loop. */
#pragma once

#include "runtime/sched/loop.h"

extern const struct exec_ops loop_ops;
/* For tasks that may wake those of other loops. */
extern const struct exec_ops loop_ops_of_several;
