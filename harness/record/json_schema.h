/* SPDX-License-Identifier: MIT */
/*
 * A JSON Schema validator (draft 2020-12, the part of it that our schemas
 * use): the schema files are the one source of truth for the shape of
 * documents, and this reads them.
 *
 * Keywords: type, enum, const, properties, required, additionalProperties,
 * propertyNames, items, prefixItems, minItems, maxItems, minimum, maximum,
 * exclusiveMinimum, minLength, maxLength, pattern, anyOf, oneOf, allOf, if,
 * then, else, $ref (to #/$defs/NAME), $defs; read and ignored: $schema, $id,
 * $comment, title, description. Any other keyword is an error of the schema,
 * so that nothing is believed checked that is not.
 *
 * Patterns are POSIX extended regular expressions; ours keep to what means
 * the same in ECMA 262. As the standard has it, 5.0 is an integer: readers of
 * checked documents use json_number_value().
 */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stddef.h>

struct json_schema;

/* Compiles a schema; `name` is for messages. -EINVAL: not JSON, or it uses
 * what this validator does not know. */
int json_schema_new(const char *name, const char *text, size_t size,
                    struct json_schema **ret, struct diag *diag);
void json_schema_free(struct json_schema *schema);

static inline void json_schema_free_p(struct json_schema **schema)
{
    json_schema_free(*schema);
}

/*
 * Checks a value; `def` names one of the schema's $defs, NULL: the whole.
 * -EINVAL with the first place where it fails as a JSON pointer:
 * `/cells/0/tasks: expected integer, found "4"`.
 */
int json_schema_check(const struct json_schema *schema, const char *def,
                      const json_t *value, struct diag *diag);
