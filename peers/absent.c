/* SPDX-License-Identifier: MIT */
/* The peers whose library was not there when the program was built. */
#include "peers/peer.h"

#define X(peer)                                                                \
    static const char *peer##_unavailable(void)                                \
    {                                                                          \
        return "gilbench was built without the library of " #peer;             \
    }                                                                          \
    const struct peer peer_##peer = {                                          \
        .unit = {.name = #peer,                                                \
                 .summary = "not built",                                       \
                 .unavailable = peer##_unavailable},                           \
    };
#include "peer_absent_list.h"
