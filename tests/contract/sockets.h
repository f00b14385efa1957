/* SPDX-License-Identifier: MIT */
/* Sockets for tests; what fails ends the test. */
#pragma once

#include "harness/base/must.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void stream_pair(int fds[2])
{
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
}

/* On 127.0.0.1, at a free port. */
static inline int tcp_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    must(listen(fd, 16) == 0);
    return fd;
}

static inline int connect_to(int listener)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    must(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    must(connect(fd, (struct sockaddr *)&address, size) == 0);
    return fd;
}

/* `reset`: the second one does not end the connection, it breaks it. */
static inline void tcp_pair(int fds[2], bool reset)
{
    struct linger linger = {.l_onoff = reset};
    int listener = tcp_listener();
    fds[1] = connect_to(listener);
    fds[0] = accept(listener, NULL, NULL);
    must(fds[0] >= 0);
    must(setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) ==
         0);
    close(listener);
}
