/* SPDX-License-Identifier: MIT */
/* A comparison for a report. */
#pragma once

#include "report/changes.h"

#include <jansson.h>

/* `document` is a judged comparison. Free with report_changes_free(). */
void compare_changes(const json_t *document, struct report_changes *ret);
