/* SPDX-License-Identifier: MIT */
/*
 * A file that is replaced as a whole: written aside in the same folder and
 * renamed, so that whoever opens the path sees the old text or the new one
 * and a failure leaves the old one. What is there but is no regular file (a
 * pipe, /dev/stdout, /dev/full) is written to directly, never replaced.
 */
#pragma once

#include "harness/base/diag.h"

#include <stdbool.h>
#include <stddef.h>

struct atomic_file {
    char *path;  /* behind symbolic links */
    char *aside; /* NULL: written to directly */
    int fd;
    bool replaces; /* there is a file already */
};

/* True if `path` exists and is no regular file. */
bool atomic_file_is_special(const char *path);

/* All of these: 0 or a negative errno with the reason in `diag`. `ret` needs
 * atomic_file_discard() in the end, also after a commit. */
int atomic_file_open(const char *path, struct atomic_file *ret,
                     struct diag *diag);
int atomic_file_write(struct atomic_file *file, const void *data, size_t size,
                      struct diag *diag);

/* Makes it visible. `durable`: once it is on the disk, so that it is there
 * also when the power fails right after. */
int atomic_file_commit(struct atomic_file *file, bool durable,
                       struct diag *diag);

/* All of it at once: what is at `path` afterwards is `data`. */
int atomic_file_put(const char *path, const void *data, size_t size,
                    bool durable, struct diag *diag);

/* Drops what was not committed; fine twice. */
void atomic_file_discard(struct atomic_file *file);
