/* SPDX-License-Identifier: MIT */
#include "runtime/locks/libpython_find.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/intern.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIBRARY "libpython3.*.so.1.0"

static const char *const places[] = {
    "/usr/lib/*-linux-*/" LIBRARY, "/usr/lib64/" LIBRARY,
    "/usr/lib/" LIBRARY,           "/usr/local/lib/" LIBRARY,
    "/usr/local/lib64/" LIBRARY,
};

/* What stands at the same offset in files of 32 and of 64 bits. */
struct elf_head {
    unsigned char ident[EI_NIDENT];
    uint16_t type;
    uint16_t machine;
};

static int read_head(const char *path, struct elf_head *ret, struct diag *diag)
{
    struct stat status;
    _cleanup_(close_p) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0) {
        return diag_set(diag, -errno, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return diag_set(diag, -EINVAL, "%s: not a file; name the library",
                        path);
    }
    ssize_t n = read(fd, ret, sizeof(*ret));
    if (n < (ssize_t)sizeof(*ret) || memcmp(ret->ident, ELFMAG, SELFMAG)) {
        return diag_set(diag, -ENOEXEC, "%s: not a shared library", path);
    }
    return 0;
}

static const char *machine_name(const struct elf_head *head, char text[16])
{
    static const struct {
        uint16_t machine;
        const char *name;
    } names[] = {{EM_X86_64, "x86-64"},   {EM_386, "x86"},
                 {EM_AARCH64, "aarch64"}, {EM_ARM, "arm"},
                 {EM_PPC64, "ppc64"},     {EM_S390, "s390"},
                 {EM_RISCV, "riscv"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].machine == head->machine) {
            return names[i].name;
        }
    }
    snprintf(text, 16, "machine %d", head->machine);
    return text;
}

static int bits_of(const struct elf_head *head)
{
    return head->ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
}

int libpython_check_file(const char *path, struct diag *diag)
{
    struct elf_head own;
    struct elf_head head;
    int rc = read_head("/proc/self/exe", &own, diag);
    rc = rc < 0 ? rc : read_head(path, &head, diag);
    if (rc < 0) {
        return rc;
    }
    if (head.ident[EI_CLASS] != own.ident[EI_CLASS] ||
        head.ident[EI_DATA] != own.ident[EI_DATA] ||
        head.machine != own.machine) {
        char theirs[16];
        char ours[16];
        return diag_set(diag, -ENOEXEC,
                        "%s: built for another architecture (%s, %d bits; "
                        "this program is for %s, %d bits)",
                        path, machine_name(&head, theirs), bits_of(&head),
                        machine_name(&own, ours), bits_of(&own));
    }
    if (head.type != ET_DYN) {
        return diag_set(diag, -ENOEXEC, "%s: not a shared library", path);
    }
    return 0;
}

static bool parse_version(const char *version, int *major, int *minor)
{
    return sscanf(version, "%d.%d", major, minor) == 2;
}

bool libpython_version_is_known(const char *version)
{
    int major;
    int minor;
    return parse_version(version, &major, &minor) &&
           (major > 2 || (major == 2 && minor >= 7));
}

/* Is there lib/python3.11 (3.13t without the lock), and is it whole? */
static bool is_home(const char *folder, int major, int minor)
{
    static const char *const libs[] = {"lib", "lib64"};
    static const char *const suffixes[] = {"", "t"};
    for (size_t i = 0; i < 4; i++) {
        char path[PATH_MAX];
        int n = snprintf(path, sizeof(path), "%s/%s/python%d.%d%s/encodings",
                         folder, libs[i / 2], major, minor, suffixes[i % 2]);
        if (n < (int)sizeof(path) && access(path, R_OK | X_OK) == 0) {
            return true;
        }
    }
    return false;
}

int libpython_find_home(const char *path, const char *version, char *home,
                        struct diag *diag)
{
    int major = 0;
    int minor = 0;
    parse_version(version, &major, &minor);
    snprintf(home, PATH_MAX, "%s", path);
    for (char *slash; (slash = strrchr(home, '/')) != NULL && slash > home;) {
        *slash = '\0';
        if (is_home(home, major, minor)) {
            return strchr(home, ':')
                       ? diag_set(diag, -EINVAL,
                                  "%s: its home has a ':' in its path", path)
                       : 0;
        }
    }
    return diag_set(diag, -ENOENT,
                    "%s: its standard library is missing: no folder above it "
                    "has lib/python%d.%d/encodings",
                    path, major, minor);
}

/* The minor version of "libpython3.11.so.1.0" or "libpython3.7m.so.1.0"; -1
 * for other names. */
static int minor_of(const char *path)
{
    int minor = -1;
    int end = 0;
    sscanf(strrchr(path, '/'), "/libpython3.%dm.so.1.0%n", &minor, &end);
    if (end == 0) {
        sscanf(strrchr(path, '/'), "/libpython3.%d.so.1.0%n", &minor, &end);
    }
    return end > 0 ? minor : -1;
}

static bool is_usable(const char *path)
{
    char version[16];
    char home[PATH_MAX];
    char real[PATH_MAX];
    snprintf(version, sizeof(version), "3.%d", minor_of(path));
    return libpython_check_file(path, NULL) == 0 && realpath(path, real) &&
           libpython_find_home(real, version, home, NULL) == 0;
}

static const char *newest_library(void)
{
    const char *best = NULL;
    int newest = -1;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        glob_t found = {0};
        glob(places[i], 0, NULL, &found);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            int minor = minor_of(found.gl_pathv[k]);
            if (minor > newest && is_usable(found.gl_pathv[k])) {
                newest = minor;
                best = interned(intern(found.gl_pathv[k]));
            }
        }
        globfree(&found);
    }
    return best;
}

const char *libpython_default(struct diag *diag)
{
    static const char *found;
    static bool searched;
    if (!searched) {
        found = newest_library();
        searched = true;
    }
    if (!found) {
        diag_set(diag, -ENOENT,
                 "no libpython3 with its standard library in /usr/lib or "
                 "/usr/local/lib; install one (Debian: libpython3.11) or name "
                 "one with --set library=PATH");
    }
    return found;
}
