/* SPDX-License-Identifier: MIT */
#include "runtime/sched/stack_limits.h"

#include "harness/base/cleanup.h"
#include "harness/base/limits.h"
#include "harness/base/memory.h"
#include "harness/base/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define MIB (1024.0 * 1024.0)

/* Below that nobody is asked. */
enum { LITTLE = 64 << 20 };

int stack_limits_check(size_t stacks, struct diag *diag)
{
    uint64_t needed = stacks * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t available = needed < LITTLE ? needed : memory_available("");
    if (needed <= available) {
        return 0;
    }
    return diag_set(diag, -ENOMEM,
                    "%zu tasks touch at least %.0f MiB of stacks, and %.0f MiB "
                    "of memory are available: take fewer tasks",
                    stacks, (double)needed / MIB, (double)available / MIB);
}

static bool mappings_used_up(int64_t *ret)
{
    if (text_file_number("/proc/sys/vm/max_map_count", ret) < 0) {
        return false;
    }
    _cleanup_(fclose_p) FILE *maps = fopen("/proc/self/maps", "re");
    int64_t lines = 0;
    for (int c; maps && (c = getc_unlocked(maps)) != EOF;) {
        lines += c == '\n';
    }
    return lines >= *ret - 1;
}

/* The kernel says ENOMEM for all of them. */
static void name_limit(char *text, size_t size)
{
    int64_t number;
    if (limits_of_memory(text, size)) {
        return;
    }
    if (mappings_used_up(&number)) {
        snprintf(text, size,
                 "a process may have %lld mappings (raise it: "
                 "sysctl vm.max_map_count)",
                 (long long)number);
    } else if (text_file_number("/proc/sys/vm/overcommit_memory", &number) ==
                   0 &&
               number == 2) {
        snprintf(text, size,
                 "the kernel does not overcommit memory (sysctl "
                 "vm.overcommit_memory is 2)");
    } else {
        snprintf(text, size, "there is no more address space");
    }
}

int stack_limits_explain(const struct stack_pool *pool, size_t wanted,
                         struct diag *diag)
{
    char limit[128];
    size_t kib = pool->slot_size / 1024;
    name_limit(limit, sizeof(limit));
    return diag_set(
        diag, -EAGAIN,
        "only %zu of %zu tasks have room for a stack of %zu KiB: "
        "%s; or take fewer tasks or smaller stacks (--set stack_kib)",
        pool->made, wanted, kib, limit);
}
