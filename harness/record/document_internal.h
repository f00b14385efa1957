/* SPDX-License-Identifier: MIT */
/* Shared by the files behind document.h. */
#pragma once

#include "harness/record/document.h"

/* "gilbench", "context" or "plan" of a growing document; borrowed. */
const json_t *document_part(const struct document *document, const char *name);

static inline const char *document_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
