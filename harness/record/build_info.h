/* SPDX-License-Identifier: MIT */
/* What the program knows of its own build: the document's "gilbench". */
#pragma once

#include <jansson.h>

/* {version, commit, dirty, compiler, flags, build_type, sanitizer}; unknown is
 * null. A new reference. */
json_t *build_info(void);
