/* SPDX-License-Identifier: MIT */
/* A temporary folder in which gnuplot draws, gone in the end with all in it. */
#pragma once

#include "harness/base/diag.h"
#include "harness/base/embed.h"

#include <stdbool.h>
#include <stdio.h>

struct scratch {
    char folder[256]; /* "" while there is none */
};

/* In TMPDIR, or in /tmp. */
int scratch_make(struct scratch *scratch, struct diag *diag);
void scratch_remove(struct scratch *scratch);

FILE *scratch_open(const struct scratch *scratch, const char *name,
                   const char *mode);
/* True if all of it has reached the disk's cache. */
bool scratch_close(FILE *file);

bool scratch_put(const struct scratch *scratch, const char *name,
                 const struct embedded_file *content);
/* A file of it, with a zero at its end; the caller frees. NULL: none. */
char *scratch_read(const struct scratch *scratch, const char *name,
                   size_t *ret_size);
