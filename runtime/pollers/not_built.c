/* SPDX-License-Identifier: MIT */
/* Stands in for the pollers whose library this build does not have. */
#include "runtime/pollers/poller.h"

#define NOT_BUILT(name_, summary_, library, package)                           \
    static const char *name_##_not_built(void)                                 \
    {                                                                          \
        return "this build has no " library ": install " package               \
               " (Debian) and build again";                                    \
    }                                                                          \
    const struct poller_type poller_##name_ = {                                \
        .unit = {.name = #name_,                                               \
                 .summary = summary_,                                          \
                 .unavailable = name_##_not_built}};

#ifdef WITHOUT_IO_URING
NOT_BUILT(io_uring, "io_uring, multishot where the kernel has it", "liburing",
          "liburing-dev")
#endif
#ifdef WITHOUT_LIBUV
NOT_BUILT(libuv, "the loop of libuv, level-triggered", "libuv", "libuv1-dev")
#endif
