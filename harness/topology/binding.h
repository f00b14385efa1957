/* SPDX-License-Identifier: MIT */
/*
 * Binding inside a cell's process. A cell has a budget of a few milliseconds,
 * so what is loaded here is the least hwloc needs to bind a thread.
 */
#pragma once

#include "harness/base/diag.h"

/* Call once, before any other of these and before any thread exists; cheap
 * (0.1 ms, see binding.c). What the calling thread may use now is what threads
 * may be bound to later. */
int binding_init(struct diag *diag);
void binding_deinit(void);

/* How many PUs the process was given. */
size_t binding_pus(void);

/* Binds the calling thread to a PU (OS index), strictly. -EINVAL for a PU that
 * the process was not given. */
int binding_bind(int pu, struct diag *diag);

/* Frees the calling thread: all PUs the process was given at init. */
int binding_unbind(struct diag *diag);
