/* SPDX-License-Identifier: MIT */
#include "harness/record/build_info.h"

#include "harness/base/must.h"

#include "build_commit.h"
#include "build_facts.h"

#include <stdbool.h>
#include <string.h>

static json_t *text_or_null(const char *text, size_t length)
{
    json_t *json = length ? json_stringn(text, length) : json_null();
    must(json != NULL);
    return json;
}

json_t *build_info(void)
{
    const char *commit = strcmp(BUILD_COMMIT, "unknown") ? BUILD_COMMIT : "";
    const char *dash = strchr(commit, '-');
    size_t length = dash ? (size_t)(dash - commit) : strlen(commit);
    json_t *json = json_pack(
        "{ss so so ss ss ss so}", "version", BUILD_VERSION, "commit",
        text_or_null(commit, length), "dirty",
        length ? json_boolean(dash != NULL) : json_null(), "compiler",
        BUILD_COMPILER, "flags", BUILD_FLAGS, "build_type", BUILD_TYPE,
        "sanitizer", text_or_null(BUILD_SANITIZER, strlen(BUILD_SANITIZER)));
    must(json != NULL);
    return json;
}
