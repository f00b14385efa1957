/* SPDX-License-Identifier: MIT */
/*
 * An echo server on real sockets, a task a connection. The clients are a
 * process of their own, which takes the latencies: in a closed loop, or in an
 * open loop with intended start times.
 */
#include "workloads/echo_server.h"

static int io_tcp_echo_prepare(struct workload_run *run, struct diag *diag)
{
    return echo_server_prepare(run, run->state, diag);
}

static void io_tcp_echo_describe(struct workload_run *run,
                                 struct native_work *work)
{
    const struct echo_server *server = run->state;
    work->fds = server->fds;
    work->message_bytes = server->message_bytes;
}

static void io_tcp_echo_main(struct exec *ex, struct workload_run *run)
{
    echo_server_serve(ex, run, run->state);
}

static void io_tcp_echo_cleanup(struct workload_run *run)
{
    echo_server_cleanup(run->state);
}

static const struct param io_tcp_echo_params[] = {
    ECHO_SERVER_MESSAGE_BYTES,
    {.name = "rate_per_s",
     .help = "requests over all connections, each with an intended start; "
             "0: closed loop, one request in flight a connection",
     .unit = "1/s",
     .def = 0,
     .min = 0,
     .max = 10000000},
    ECHO_SERVER_THINK_US(0),
    {0},
};

const struct workload workload_io_tcp_echo = {
    .unit = {.name = "io_tcp_echo",
             .summary = "echoes messages over TCP to clients in a process of "
                        "their own",
             .params = io_tcp_echo_params},
    .class = WORKLOAD_IO,
    .version = 2,
    .step_name = "one round trip",
    .state_size = sizeof(struct echo_server),
    .generator = GENERATOR_LAST_PU,
    .native = NATIVE_ECHO,
    .unsupported = echo_server_unsupported,
    .prepare = io_tcp_echo_prepare,
    .describe = io_tcp_echo_describe,
    .main = io_tcp_echo_main,
    .verify = echo_server_verify,
    .cleanup = io_tcp_echo_cleanup,
};
