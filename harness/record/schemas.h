/* SPDX-License-Identifier: MIT */
/* The schemas built into the program (results/schema/). */
#pragma once

#include "harness/base/embed.h"
#include "harness/base/must.h"
#include "harness/record/json_schema.h"

extern const struct embedded_file schemas[];

/* Compiles "result.json" or "plan.json"; that ours are right is tested. */
static inline struct json_schema *schemas_load(const char *name)
{
    const struct embedded_file *file = embedded_find(schemas, name);
    struct json_schema *schema = NULL;
    must(file != NULL);
    must(json_schema_new(name, (const char *)file->data, file->size, &schema,
                         NULL) == 0);
    return schema;
}
