/* SPDX-License-Identifier: MIT */
/*
 * A task that needs more stack than it has touches its guard page. The process
 * ends, as after any such fault, but first it says in one line whose stack it
 * was and what gives it more; that line becomes the cell's reason.
 *
 * A frame is larger than the guard only in code that was built without probes
 * (-fstack-clash-protection); it may step over the guard unseen.
 */
#pragma once

#include "runtime/sched/stack.h"

/* Writes who runs on the stack of `block`, as in "task 3". Called in a signal
 * handler. */
typedef void stack_namer(const void *block, char *text, size_t size);

/* For the calling thread, on which the tasks of `pool` will run: from now on
 * overflows are told. The pool keeps what the signal handler needs until
 * stack_pool_deinit(), by which time the thread has ended. */
void stack_overflow_watch(struct stack_pool *pool, stack_namer *name);
