/* SPDX-License-Identifier: MIT */
/* Which limit keeps this process from having more, and what raises it: a clause
 * for a message, such as "the address space is limited to 8192 MiB (raise it:
 * ulimit -v)". To be asked when the kernel has refused something. */
#pragma once

#include "harness/base/diag.h"

#include <stdbool.h>
#include <stddef.h>

/* Of memory that is only reserved; false: no such limit is set. */
bool limits_of_memory(char *text, size_t size);

/* `code` with "no memory for WHAT", and the limit if one is set. */
int limits_no_memory(int code, const char *what, struct diag *diag);

/* What to raise where a call has failed with `code`, a negative errno, as in
 * " (raise it: ulimit -n)"; "" for what no limit explains. */
const char *limits_remedy(int code);

/* Of threads, by what is set; it cannot be known which one it was. */
void limits_of_threads(char *text, size_t size);

/* `code` with "WHO cannot make a thread", and the limit. */
int limits_no_thread(int code, const char *who, struct diag *diag);
