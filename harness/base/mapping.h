/* SPDX-License-Identifier: MIT */
/* Whole pages of zeros from the kernel, which take no memory until they are
 * touched; shared ones are the same memory in processes forked later, at the
 * same address. */
#pragma once

#include "harness/base/must.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

static inline void *mapping_new(size_t size, bool shared)
{
    int kind = shared ? MAP_SHARED : MAP_PRIVATE;
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
    must(memory != MAP_FAILED);
    return memory;
}

static inline void mapping_free(void *memory, size_t size)
{
    if (memory) {
        munmap(memory, size);
    }
}
