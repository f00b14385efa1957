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
 * 1: the connection goes on; 0: its client has closed it, and so has this; or
 * a negative errno. */
int echo_readable(struct peer_run *run, struct echo_connection *connection);
