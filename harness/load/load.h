/* SPDX-License-Identifier: MIT */
/*
 * The load generator: a process of its own that plays the clients of an echo
 * server, so that measuring costs the server under test nothing.
 *
 * Closed loop (rate_per_s 0): each connection has one request in flight, and
 * sends the next one `think_ns` after the reply.
 * Open loop: each request has an intended start time on a fixed grid, dealt
 * out over the connections in turn; its latency counts from there, also when
 * it could only be sent later because its connection still waited for the
 * reply before, so a stalled server cannot hide its stall (no coordinated
 * omission).
 *
 * Life: load_start() forks before any thread exists. The generator connects
 * all its connections and waits; the server takes them with load_accept().
 * The first load_phase() starts it. Replies count into the histograms when
 * they arrive during EXEC_MEASURE. On EXEC_DRAIN it sends nothing more, waits
 * up to 100 ms for replies in flight and closes its connections, so a server
 * task reads end-of-file and returns. It dies with its parent.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/exec/exec.h"
#include "harness/measure/hist.h"

#include <stdbool.h>
#include <stdint.h>

struct load;

struct load_plan {
    int listen_fd; /* from load_listen() */
    uint32_t connections;
    uint32_t message_bytes;
    uint64_t rate_per_s; /* over all connections; 0: closed loop */
    uint64_t think_ns;   /* closed loop: from a reply to the next request */
    int pu;              /* OS index, or -1 */
};

struct load_result {
    struct hist latency; /* ns, from the intended start (open loop) */
    struct hist service; /* ns, from the actual send; open loop only */
    uint64_t replies;    /* complete and equal to what was sent, in any phase */
    uint64_t mismatches; /* replies that differ: the run is invalid */
    uint64_t unanswered; /* without a reply at the end: still in flight, or
                            (open loop) due and never sent */
    bool finished;       /* it ended by itself, in order */
};

/* A TCP socket on 127.0.0.1 that listens at a free port. */
int load_listen(struct diag *diag);

int load_start(const struct load_plan *plan, struct load **ret,
               struct diag *diag);
/* The next of the generator's connections: a blocking descriptor, without
 * Nagle's delay. Fails with the generator's reason if it gave up. */
int load_accept(struct load *load, struct diag *diag);
/* Tells the generator the phase; called by the controller. */
void load_phase(struct load *load, enum exec_phase phase);
/* CPU time that the generator has used so far; 0 once it has ended. */
uint64_t load_cpu_ns(const struct load *load);
/* Waits for its end, which takes at most 2 s, and reads the result (shared
 * memory). Later calls return the same again. */
int load_finish(struct load *load, struct load_result *ret, struct diag *diag);
/* Ends it, whatever it does; NULL is fine. */
void load_free(struct load *load);
