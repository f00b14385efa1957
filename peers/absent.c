/* SPDX-License-Identifier: MIT */
/* The peers whose library was not there when the program was built; all of them
 * where peers were disabled. */
#include "peers/peer.h"

#define X(word)                                                                \
    static const char *word##_unavailable(void)                                \
    {                                                                          \
        return "gilbench was built without " #word                             \
               " (its library was missing, which `./dev run peers` installs, " \
               "or -Dpeers=disabled)";                                         \
    }                                                                          \
    const struct peer peer_##word = {                                          \
        .unit = {.name = #word,                                                \
                 .summary = "not built",                                       \
                 .unavailable = word##_unavailable},                           \
    };
#include "peer_absent_list.h"
