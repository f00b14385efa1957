/* SPDX-License-Identifier: MIT */
/*
 * One event loop of a run of cooperative tasks: its thread, its share of the
 * tasks, and its way through the run. The functions are those of an exec_model
 * for one loop; those that add do so to what other loops have put there.
 */
#pragma once

#include "harness/exec/exec_model.h"
#include "runtime/models/loop_users.h"
#include "runtime/models/loop_world.h"
#include "runtime/sched/loop_verbs.h"

struct coop_loop;

/* Tasks first, first + stride, ... of the run; stride: how many loops. */
struct coop_loop_share {
    size_t first;
    size_t stride;
    struct world *world; /* of all loops; NULL: nobody stops it */
};

int coop_loop_create(const struct exec_setup *setup,
                     const struct coop_loop_share *share,
                     struct coop_loop **ret, struct diag *diag);
/* Fills `execs` at the places of its tasks. */
int coop_loop_start(struct coop_loop *run, struct exec **execs,
                    struct diag *diag);
/* Instead of go: another loop could not start. */
void coop_loop_call_off(struct coop_loop *run);
void coop_loop_go(struct coop_loop *run);
void coop_loop_stop(struct coop_loop *run);
void coop_loop_join(struct coop_loop *run);
int coop_loop_failure(struct coop_loop *run, struct diag *diag);
void coop_loop_add_stats(struct coop_loop *run, struct exec_stats *ret);
void coop_loop_add_stacks(struct coop_loop *run, struct exec_stacks *ret);
bool coop_loop_lock(const struct coop_loop *run, struct exec_thread_lock *ret);
const struct exec_thread *coop_loop_thread(const struct coop_loop *run);
/* NULL is fine. */
void coop_loop_destroy(struct coop_loop *run);
