/* SPDX-License-Identifier: MIT */
#include "plots/scratch.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int scratch_make(struct scratch *scratch, struct diag *diag)
{
    const char *tmp = getenv("TMPDIR");
    char path[sizeof(scratch->folder)];
    int n = snprintf(path, sizeof(path), "%s/gilbench-plot-XXXXXX",
                     tmp && *tmp ? tmp : "/tmp");
    if ((size_t)n >= sizeof(path) || !mkdtemp(path)) {
        return diag_set(diag, -EIO,
                        "cannot make a temporary folder in %s; is TMPDIR set "
                        "well?",
                        tmp && *tmp ? tmp : "/tmp");
    }
    memcpy(scratch->folder, path, sizeof(path));
    return 0;
}

void scratch_remove(struct scratch *scratch)
{
    DIR *dir = *scratch->folder ? opendir(scratch->folder) : NULL;
    if (!dir) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    (void)rmdir(scratch->folder);
    *scratch->folder = '\0';
}

FILE *scratch_open(const struct scratch *scratch, const char *name,
                   const char *mode)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", scratch->folder, name);
    return fopen(path, mode);
}

bool scratch_close(FILE *file)
{
    bool bad = ferror(file) != 0;
    return fclose(file) == 0 && !bad;
}

bool scratch_put(const struct scratch *scratch, const char *name,
                 const struct embedded_file *content)
{
    FILE *file = scratch_open(scratch, name, "we");
    if (!file) {
        return false;
    }
    fwrite(content->data, 1, content->size, file);
    return scratch_close(file);
}

char *scratch_read(const struct scratch *scratch, const char *name,
                   size_t *ret_size)
{
    _cleanup_(fclose_p) FILE *file = scratch_open(scratch, name, "re");
    struct stat status;
    if (!file || fstat(fileno(file), &status) < 0) {
        return NULL;
    }
    char *content = must_calloc((size_t)status.st_size + 1, 1);
    *ret_size = fread(content, 1, (size_t)status.st_size, file);
    return content;
}
