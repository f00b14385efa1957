/* SPDX-License-Identifier: MIT */
/* In a build without Concurrency Kit: its strategies by name, and why they
 * cannot run. */
#include "workloads/sharing/sharing.h"

static const char *no_ck(void)
{
    return "this build is without Concurrency Kit (Debian: libck-dev)";
}

#define X(strategy)                                                            \
    const struct sharing sharing_##strategy = {                                \
        .unit = {.name = #strategy,                                            \
                 .summary = "of Concurrency Kit",                              \
                 .unavailable = no_ck},                                        \
        .library = "Concurrency Kit",                                          \
    };
#include "ck_list.h"
#undef X
