/* SPDX-License-Identifier: MIT */
/*
 * What echo servers on callbacks have in common: one connection as a state
 * machine. Whoever says that a descriptor is readable, this is what is done
 * then, so that the libraries differ in that alone.
 */
#pragma once

#include "peers/peer.h"

struct echo_connection {
    struct exec *ex;
    int *fd; /* of the run's table; -1 once it is closed */
    size_t got;
    unsigned char *message;
    uint64_t steps;
};

/* A connection for each of the run's tasks, their descriptors made not to
 * block; NULL with the reason in `diag`. */
struct echo_connection *echo_connections_new(struct peer_run *run,
                                             struct diag *diag);

/* The descriptor is readable: receives once and answers what is complete.
 * 1: the connection goes on; 0: its client has closed it, or a negative errno:
 * the caller forgets it and calls echo_close(). */
int echo_readable(struct peer_run *run, struct echo_connection *connection);

void echo_close(struct echo_connection *connection);

/* For libraries that have received by themselves: `n` bytes more are in the
 * message. True: it is complete, to be sent back and noted by echo_done(). */
static inline bool echo_received(struct peer_run *run,
                                 struct echo_connection *connection, size_t n)
{
    connection->got += n;
    return connection->got == run->work->message_bytes;
}

/* A message has been sent back. */
static inline void echo_done(struct echo_connection *connection)
{
    connection->got = 0;
    exec_progress(connection->ex, ++connection->steps);
    (void)exec_safepoint(connection->ex);
}
