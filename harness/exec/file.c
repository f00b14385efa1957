/* SPDX-License-Identifier: MIT */
#include "harness/exec/file.h"

#include <errno.h>
#include <unistd.h>

static ssize_t call(const struct exec_file *file)
{
    switch (file->op) {
    case EXEC_FILE_READ:
        return pread(file->fd, file->data, file->size, file->offset);
    case EXEC_FILE_WRITE:
        return pwrite(file->fd, file->content, file->size, file->offset);
    default:
        return fdatasync(file->fd);
    }
}

void exec_file_make(void *arg)
{
    struct exec_file *file = arg;
    do {
        file->result = call(file);
    } while (file->result < 0 && errno == EINTR);
    file->result = file->result < 0 ? -errno : file->result;
}
