/* SPDX-License-Identifier: MIT */
/* Inside of the load generator: what its two processes share. */
#pragma once

#include "harness/load/load.h"

#include <netinet/in.h>
#include <stdatomic.h>

enum {
    LOAD_NOT_STARTED = 0, /* other values: an exec_phase + 1 */
};

/*
 * In memory shared by both processes.
 *
 *   field     written by              read by
 *   phase     server's controller     client, at every reply
 *   accepted  server, load_accept()   client, so that it does not run ahead
 *                                     of the listening socket's backlog
 *   error     client, before it ends  server, after its end
 *   result    client                  server, after its end
 *
 * The words are advice (relaxed); the end of the process orders the rest.
 */
struct load_shared {
    _Atomic uint32_t phase;
    _Atomic uint32_t accepted;
    struct diag error;
    struct load_result result;
};

struct client_plan {
    struct sockaddr_in server;
    uint32_t connections;
    uint32_t message_bytes;
    uint64_t rate_per_s;
    uint64_t think_ns;
    int control_fd; /* readable: look at the phase; end-of-file: exit */
};

/* Plays the clients until told to stop. 0, or a negative errno with
 * `shared->error` filled. */
int client_run(const struct client_plan *plan, struct load_shared *shared);
