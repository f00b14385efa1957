/* SPDX-License-Identifier: MIT */
/* CPython's library and its home, told from files alone: nothing is loaded
 * and nothing is run. */
#pragma once

#include "harness/base/diag.h"

#include <stdbool.h>

/*
 * The library where none is named: the newest libpython3.N.so.1.0 in the usual
 * places that is for this machine and has its standard library. Builds for
 * debugging and without a lock are used only by name. NULL: there is none, and
 * `diag` says where it was looked for. Lives as long as the process.
 */
const char *libpython_default(struct diag *diag);

/* Is it a shared library for this machine? Tells the reasons that the loader
 * would not, or not in one clear line. */
int libpython_check_file(const char *path, struct diag *diag);

/* "3.11.2" and the like; false: not a version, or one before 2.7. */
bool libpython_version_is_known(const char *version);

/*
 * Its home, a folder above `path` with lib/python3.11 of its version, into
 * `home` (PATH_MAX bytes). Without its home a CPython ends the process.
 */
int libpython_find_home(const char *path, const char *version, char *home,
                        struct diag *diag);
