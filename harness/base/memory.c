/* SPDX-License-Identifier: MIT */
#include "harness/base/memory.h"

#include "harness/base/text_file.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 1024 };

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Of a cgroup's usage, what the kernel would give back: cached files. */
static int64_t cached_in(const char *folder)
{
    char path[PATH_SIZE + 64];
    char text[8192];
    snprintf(path, sizeof(path), "%s/memory.stat", folder);
    if (text_file_read(path, text, sizeof(text)) < 0) {
        return 0;
    }
    int64_t bytes = text_field(text, "inactive_file");
    return bytes < 0 ? 0 : bytes;
}

/* A cgroup's limit and what it uses of it. "max" is no number: no limit. */
static uint64_t left_in(const char *folder, const char *limit_name,
                        const char *usage_name)
{
    char path[PATH_SIZE + 64];
    int64_t limit;
    int64_t usage;
    snprintf(path, sizeof(path), "%s/%s", folder, limit_name);
    if (text_file_number(path, &limit) < 0 || limit < 0) {
        return UINT64_MAX;
    }
    snprintf(path, sizeof(path), "%s/%s", folder, usage_name);
    if (text_file_number(path, &usage) < 0) {
        return UINT64_MAX;
    }
    usage -= cached_in(folder);
    return limit > usage ? (uint64_t)(limit - usage) : 0;
}

/* From the process's cgroup up to the mount point: each level may limit. */
static uint64_t left_on_the_way(const char *root, const char *point,
                                const char *path)
{
    char folder[PATH_SIZE];
    uint64_t left = UINT64_MAX;
    size_t top = strlen(root) + strlen(point);
    snprintf(folder, sizeof(folder), "%s%s%s", root, point, path);
    for (;;) {
        left = least(left, left_in(folder, "memory.max", "memory.current"));
        left = least(left, left_in(folder, "memory.limit_in_bytes",
                                   "memory.usage_in_bytes"));
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < top) {
            return left;
        }
        *slash = '\0';
    }
}

/* A line is ID:CONTROLLERS:PATH; version 2 has ID 0 and no controllers. */
static uint64_t cgroups_left(const char *root)
{
    char path[PATH_SIZE];
    char line[PATH_SIZE];
    uint64_t left = UINT64_MAX;
    snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *below = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!below) {
            continue;
        }
        *below++ = '\0';
        if (strcmp(controllers, ":") == 0) {
            left = least(left, left_on_the_way(root, "/sys/fs/cgroup", below));
        } else if (strstr(controllers, "memory")) {
            left = least(left,
                         left_on_the_way(root, "/sys/fs/cgroup/memory", below));
        }
    }
    if (file) {
        fclose(file);
    }
    return left;
}

uint64_t memory_available(const char *root)
{
    char path[PATH_SIZE];
    char text[2048];
    uint64_t machine = UINT64_MAX;
    snprintf(path, sizeof(path), "%s/proc/meminfo", root);
    if (text_file_read(path, text, sizeof(text)) > 0) {
        int64_t kib = text_field(text, "MemAvailable:");
        machine = kib < 0 ? UINT64_MAX : (uint64_t)kib * 1024;
    }
    return least(machine, cgroups_left(root));
}
