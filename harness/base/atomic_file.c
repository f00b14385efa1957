/* SPDX-License-Identifier: MIT */
#include "harness/base/atomic_file.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool atomic_file_is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int failed(const struct atomic_file *file, int code, struct diag *diag)
{
    return diag_set(diag, code, "cannot write %s: %s%s", file->path,
                    strerror(-code),
                    file->replaces ? "; what was there before is kept" : "");
}

/* Opens the file aside, with the rights of the one it will replace. */
static int open_aside(struct atomic_file *file)
{
    must(asprintf(&file->aside, "%s.%ld.part", file->path, (long)getpid()) > 0);
    struct stat st;
    file->replaces = stat(file->path, &st) == 0;
    unlink(file->aside);
    file->fd = open(file->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0) {
        int code = -errno;
        free(file->aside); /* nothing to remove */
        file->aside = NULL;
        return code;
    }
    if (file->replaces) {
        (void)fchmod(file->fd, st.st_mode & 0777); /* a courtesy */
    }
    return 0;
}

int atomic_file_open(const char *path, struct atomic_file *ret,
                     struct diag *diag)
{
    *ret = (struct atomic_file){.fd = -1};
    /* A link is kept and what it points to is replaced. */
    ret->path = realpath(path, NULL);
    if (!ret->path) {
        ret->path = strdup(path);
        must(ret->path != NULL);
    }
    int r = 0;
    if (atomic_file_is_special(ret->path)) {
        ret->fd = open(ret->path, O_WRONLY | O_CLOEXEC);
        r = ret->fd < 0 ? -errno : 0;
    } else {
        r = open_aside(ret);
    }
    return r < 0 ? failed(ret, r, diag) : 0;
}

int atomic_file_write(struct atomic_file *file, const void *data, size_t size,
                      struct diag *diag)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = write(file->fd, at, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return failed(file, -errno, diag);
        }
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

/* The new name itself survives only once its folder is on the disk. Best
 * effort: some file systems cannot, and the data is safe by now. */
static void sync_folder(const char *path)
{
    _cleanup_(free_p) char *folder = strdup(path);
    must(folder != NULL);
    char *slash = strrchr(folder, '/');
    if (slash) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    _cleanup_(close_p) int fd =
        open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
    }
}

int atomic_file_commit(struct atomic_file *file, bool durable,
                       struct diag *diag)
{
    if (durable && file->aside && fsync(file->fd) < 0) {
        return failed(file, -errno, diag);
    }
    /* A network file system may tell only now that the disk is full. */
    int r = close(file->fd) < 0 ? -errno : 0;
    file->fd = -1;
    if (r < 0 && r != -EINTR) {
        return failed(file, r, diag);
    }
    if (!file->aside) {
        return 0;
    }
    if (rename(file->aside, file->path) < 0) {
        return failed(file, -errno, diag);
    }
    free(steal(&file->aside));
    if (durable) {
        sync_folder(file->path);
    }
    return 0;
}

void atomic_file_discard(struct atomic_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    if (file->aside) {
        unlink(file->aside);
    }
    free(file->aside);
    free(file->path);
    *file = (struct atomic_file){.fd = -1};
}

int atomic_file_put(const char *path, const void *data, size_t size,
                    bool durable, struct diag *diag)
{
    struct atomic_file file = {.fd = -1};
    int r = atomic_file_open(path, &file, diag);
    r = r < 0 ? r : atomic_file_write(&file, data, size, diag);
    r = r < 0 ? r : atomic_file_commit(&file, durable, diag);
    atomic_file_discard(&file);
    return r;
}
