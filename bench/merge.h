/* SPDX-License-Identifier: MIT */
/* Documents of the shards of one plan become the document of the plan. */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct merge_part {
    const char *path; /* for messages */
    const json_t *document;
};

/*
 * Joins them in the order of the plan's cells. -EINVAL: they are not all the
 * shards of one plan, each once. -EPROTO: machines or builds differ, so that
 * the cells must not be compared with each other; with `force` they are joined
 * all the same, and a warning in the result says so.
 */
int merge_documents(const struct merge_part *parts, size_t n, bool force,
                    json_t **ret, struct diag *diag);
