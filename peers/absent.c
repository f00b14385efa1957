/* SPDX-License-Identifier: MIT */
/* The peers whose library was not there when the program was built. */
#include "peers/peer.h"

#define X(word)                                                                \
    static const char *word##_unavailable(void)                                \
    {                                                                          \
        return "gilbench was built without the library of " #word;             \
    }                                                                          \
    const struct peer peer_##word = {                                          \
        .unit = {.name = #word,                                                \
                 .summary = "not built",                                       \
                 .unavailable = word##_unavailable},                           \
    };
#include "peer_absent_list.h"
