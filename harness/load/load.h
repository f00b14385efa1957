/* SPDX-License-Identifier: MIT */
/*
 * The load generator: a process of its own that plays the clients of an echo
 * server, so that measuring costs the server under test nothing.
 *
 * Closed loop (rate_per_s 0): each connection has one request in flight.
 * Open loop: each request has an intended start time on a fixed grid; its
 * latency counts from there, also when it could only be sent later, so a
 * stalled server cannot hide its stall (no coordinated omission).
 *
 * Life: load_start() forks before any thread exists. The generator connects
 * all its connections and starts at once; load_phase() tells it when to count
 * latencies and when to stop; on EXEC_DRAIN it closes its connections, so a
 * server task reads end-of-file and returns. It dies with its parent.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/exec/exec.h"
#include "harness/measure/hist.h"

#include <stdint.h>

struct load;

struct load_plan {
    int listen_fd; /* listening TCP socket on 127.0.0.1 */
    uint32_t connections;
    uint32_t message_bytes;
    uint64_t rate_per_s; /* over all connections; 0: closed loop */
    int pu;              /* OS index, or -1 */
};

struct load_result {
    struct hist latency; /* ns, from the intended start (open loop) */
    struct hist service; /* ns, from the actual send */
    uint64_t replies;    /* complete and equal to what was sent */
    uint64_t mismatches; /* replies that differ: the run is invalid */
    uint64_t unanswered; /* sent, without a reply when told to stop */
    bool finished;       /* it ended by itself, in order */
};

int load_start(const struct load_plan *plan, struct load **ret,
               struct diag *diag);
/* Tells the generator the phase; called by the controller. */
void load_phase(struct load *load, enum exec_phase phase);
/* Waits for its end and reads the result (shared memory). */
int load_finish(struct load *load, struct load_result *ret, struct diag *diag);
void load_free(struct load *load);
