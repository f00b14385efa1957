/* SPDX-License-Identifier: MIT */
/* Strategies from Concurrency Kit; without it ck_missing.c stands for them. */
#pragma once

#include "harness/base/sanitizer.h"

#include <stddef.h>

static inline const char *ck_unavailable(void)
{
#ifdef UNDER_TSAN
    return "ThreadSanitizer does not see how Concurrency Kit synchronises";
#else
    return NULL;
#endif
}
