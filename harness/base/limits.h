/* SPDX-License-Identifier: MIT */
/* Which limit keeps this process from having more, and what raises it: a clause
 * for a message, such as "the address space is limited to 8192 MiB (raise it:
 * ulimit -v)". To be asked when the kernel has refused something. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Of memory that is only reserved; false: no such limit is set. */
bool limits_of_memory(char *text, size_t size);

/* Of threads, by what is set; it cannot be known which one it was. */
void limits_of_threads(char *text, size_t size);
