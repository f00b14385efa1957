/* SPDX-License-Identifier: MIT */
#include "harness/base/cgroup.h"

#include "harness/base/cleanup.h"
#include "harness/base/text_file.h"

#include <stdbool.h>
#include <string.h>

/* Where the process stands in each hierarchy: from /proc/self/cgroup. */
struct memberships {
    char v1[CGROUP_PATH_MAX]; /* of the hierarchy with the cpu controller */
    char v2[CGROUP_PATH_MAX];
};

/* Is `word` in a comma list? */
static bool list_has(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 &&
            (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static FILE *open_under(const char *root, const char *path)
{
    char full[CGROUP_PATH_MAX];
    int n = snprintf(full, sizeof(full), "%s%s", root, path);
    return n < (int)sizeof(full) ? fopen(full, "re") : NULL;
}

/* A line is ID:CONTROLLERS:PATH; version 2 has ID 0 and no controllers. */
static void read_memberships(const char *root, struct memberships *ret)
{
    *ret = (struct memberships){0};
    _cleanup_(free_p) char *line = NULL;
    _cleanup_(fclose_p) FILE *file = open_under(root, "/proc/self/cgroup");
    size_t size = 0;
    while (file && getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) {
            continue;
        }
        *controllers++ = '\0';
        *path++ = '\0';
        if (*controllers == '\0') {
            snprintf(ret->v2, sizeof(ret->v2), "%s", path);
        } else if (list_has(controllers, "cpu")) {
            snprintf(ret->v1, sizeof(ret->v1), "%s", path);
        }
    }
}

/* The quota set at one level, in CPUs; 0: none. */
static double level_quota(const char *folder)
{
    char path[CGROUP_PATH_MAX + 32];
    char text[64];
    snprintf(path, sizeof(path), "%s/cpu.max", folder);
    if (text_file_read(path, text, sizeof(text)) > 0) {
        double quota;
        double period;
        bool limited = sscanf(text, "%lf %lf", &quota, &period) == 2;
        return limited && period > 0 ? quota / period : 0;
    }
    int64_t quota = -1;
    int64_t period = -1;
    snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", folder);
    text_file_number(path, &quota);
    snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", folder);
    text_file_number(path, &period);
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

/* Makes `folder`'s cpu.stat the one to watch, if it counts throttling. */
static void watch(const char *folder, struct cgroup_cpu *cpu)
{
    char path[CGROUP_PATH_MAX + 32];
    char text[1024];
    int n = snprintf(path, sizeof(path), "%s/cpu.stat", folder);
    if (n < (int)sizeof(cpu->stat) &&
        text_file_read(path, text, sizeof(text)) > 0 &&
        strstr(text, "throttled_")) {
        memcpy(cpu->stat, path, (size_t)n + 1);
    }
}

/* From the process's cgroup up to the mount point. `folder` is cut up. */
static void climb(char *folder, size_t mount_length, struct cgroup_cpu *cpu)
{
    if (cpu->stat[0] == '\0') {
        watch(folder, cpu);
    }
    for (;;) {
        double quota = level_quota(folder);
        if (quota > 0 && (cpu->quota_cpus == 0 || quota < cpu->quota_cpus)) {
            cpu->quota_cpus = quota;
            watch(folder, cpu);
        }
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < mount_length) {
            return;
        }
        *slash = '\0';
    }
}

/* Is `path` `folder` or below it? */
static bool is_under(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

/*
 * One mount: `top` is the cgroup that is mounted there (not "/" in a container
 * without a cgroup namespace), `path` where the process stands. A path
 * outside of what is mounted leaves the mounted top as all that can be seen.
 */
static void read_mount(const char *root, const char *point, const char *top,
                       const char *path, struct cgroup_cpu *cpu)
{
    const char *below = path;
    if (strcmp(top, "/") != 0) {
        below = is_under(path, top) ? path + strlen(top) : "";
    }
    below =
        strcmp(below, "/") == 0 || strncmp(below, "/..", 3) == 0 ? "" : below;
    char folder[CGROUP_PATH_MAX];
    int n = snprintf(folder, sizeof(folder), "%s%s%s", root, point, below);
    if (n < (int)sizeof(folder)) {
        climb(folder, strlen(root) + strlen(point), cpu);
    }
}

/* A line is: id parent device TOP POINT options... - TYPE source SUPER. */
static void read_mount_line(const char *root, char *line,
                            const struct memberships *memberships,
                            struct cgroup_cpu *cpu)
{
    char top[CGROUP_PATH_MAX];
    char point[CGROUP_PATH_MAX];
    char type[32];
    char super[256];
    const char *tail = strstr(line, " - ");
    if (!tail || sscanf(line, "%*s %*s %*s %1023s %1023s", top, point) != 2 ||
        sscanf(tail + 3, "%31s %*s %255s", type, super) != 2) {
        return;
    }
    if (strcmp(type, "cgroup2") == 0 && memberships->v2[0]) {
        read_mount(root, point, top, memberships->v2, cpu);
    } else if (strcmp(type, "cgroup") == 0 && list_has(super, "cpu") &&
               memberships->v1[0]) {
        read_mount(root, point, top, memberships->v1, cpu);
    }
}

void cgroup_cpu_read(const char *root, struct cgroup_cpu *ret)
{
    *ret = (struct cgroup_cpu){0};
    struct memberships memberships;
    read_memberships(root, &memberships);
    _cleanup_(free_p) char *line = NULL;
    _cleanup_(fclose_p) FILE *file = open_under(root, "/proc/self/mountinfo");
    size_t size = 0;
    while (file && getline(&line, &size, file) > 0) {
        read_mount_line(root, line, &memberships, ret);
    }
}
