/* SPDX-License-Identifier: MIT */
/*
 * An echo server with one task a connection, whose clients are the load
 * generator. Used by io_tcp_echo and mixed_convoy.
 *
 * The connections are made in prepare, task i serving the i-th, so no task's
 * first step is the wait for a connection and which task serves whom does not
 * depend on the model. A server task ends when the generator closes its
 * connection; the stop bit alone does not end it, or replies in flight would
 * be lost.
 */
#pragma once

#include "harness/exec/workload.h"

struct echo_server {
    int *fds; /* by primary task; -1: closed */
    size_t n; /* accepted so far */
    size_t message_bytes;
    uint64_t iterations; /* of burst_compute(), for each message; 0: none */
};

/* For `unsupported`: a descriptor a task. */
const char *echo_server_unsupported(const struct params *params, size_t tasks,
                                    const char *model);

/* Starts the generator (`run->load`) and accepts a connection per task. Uses
 * the parameters below, and `rate_per_s` where the workload has it. */
int echo_server_prepare(struct workload_run *run, struct echo_server *server,
                        struct diag *diag);

/* Serves the calling task's connection until its client closes it. */
void echo_server_serve(struct exec *ex, struct workload_run *run,
                       struct echo_server *server);

/* Holds what the tasks counted to what the generator received. */
int echo_server_verify(struct workload_run *run, struct diag *diag);

void echo_server_cleanup(struct echo_server *server);

#define ECHO_SERVER_MESSAGE_BYTES                                              \
    {                                                                          \
        .name = "message_bytes", .help = "size of a message", .unit = "bytes", \
        .def = 64, .min = 1, .max = 1 << 20                                    \
    }

#define ECHO_SERVER_THINK_US(default_us)                                       \
    {                                                                          \
        .name = "think_us",                                                    \
        .help = "closed loop: how long a client waits between a reply and "    \
                "its next request",                                            \
        .unit = "us", .def = (default_us), .min = 0, .max = 1000000            \
    }
