/* SPDX-License-Identifier: MIT */
/* One call on a file: what the verbs exec_pread, exec_pwrite and
 * exec_fdatasync of exec.h hand to a model. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

enum exec_file_op {
    EXEC_FILE_READ,
    EXEC_FILE_WRITE,
    EXEC_FILE_SYNC,
};

struct exec_file {
    enum exec_file_op op;
    int fd;
    void *data;          /* to read into */
    const void *content; /* to write */
    size_t size;
    off_t offset;
    ssize_t result; /* a count, or a negative errno */
};

/* Makes the call here and now; `arg` is a struct exec_file. */
void exec_file_make(void *arg);
