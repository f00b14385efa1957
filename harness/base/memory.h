/* SPDX-License-Identifier: MIT */
/* How much memory this process could still touch. */
#pragma once

#include <stdint.h>

/*
 * The least of what the machine has available and what each of the process's
 * cgroups has left (versions 1 and 2), in bytes; UINT64_MAX where nothing is
 * known. `root` goes in front of every path: "" for this machine, a made-up
 * tree in tests.
 */
uint64_t memory_available(const char *root);
