/* SPDX-License-Identifier: MIT */
#include "harness/record/json_schema.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_schema_node.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* What a keyword's value is and where it goes. */
enum keyword_kind {
    KEYWORD_IGNORED,
    KEYWORD_TYPE,
    KEYWORD_JSON, /* kept as it is */
    KEYWORD_REAL,
    KEYWORD_SIZE,
    KEYWORD_PATTERN,
    KEYWORD_SCHEMA,
    KEYWORD_SCHEMAS, /* a list */
    KEYWORD_NAMED,   /* an object of schemas */
    KEYWORD_REF,
};

struct keyword {
    const char *name;
    enum keyword_kind kind;
    size_t offset; /* in struct schema_node */
};

#define AT(field) offsetof(struct schema_node, field)

static const struct keyword keywords[] = {
    {"$comment", KEYWORD_IGNORED, 0},
    {"$defs", KEYWORD_IGNORED, 0}, /* compiled first, see json_schema_new */
    {"$id", KEYWORD_IGNORED, 0},
    {"$ref", KEYWORD_REF, AT(ref)},
    {"$schema", KEYWORD_IGNORED, 0},
    {"additionalProperties", KEYWORD_SCHEMA, AT(additional)},
    {"allOf", KEYWORD_SCHEMAS, AT(all_of)},
    {"anyOf", KEYWORD_SCHEMAS, AT(any_of)},
    {"const", KEYWORD_JSON, AT(constant)},
    {"description", KEYWORD_IGNORED, 0},
    {"else", KEYWORD_SCHEMA, AT(otherwise)},
    {"enum", KEYWORD_JSON, AT(choices)},
    {"exclusiveMinimum", KEYWORD_REAL, AT(exclusive_minimum)},
    {"if", KEYWORD_SCHEMA, AT(condition)},
    {"items", KEYWORD_SCHEMA, AT(items)},
    {"maxItems", KEYWORD_SIZE, AT(max_items)},
    {"maxLength", KEYWORD_SIZE, AT(max_length)},
    {"maximum", KEYWORD_REAL, AT(maximum)},
    {"minItems", KEYWORD_SIZE, AT(min_items)},
    {"minLength", KEYWORD_SIZE, AT(min_length)},
    {"minimum", KEYWORD_REAL, AT(minimum)},
    {"oneOf", KEYWORD_SCHEMAS, AT(one_of)},
    {"pattern", KEYWORD_PATTERN, AT(pattern)},
    {"prefixItems", KEYWORD_SCHEMAS, AT(prefix)},
    {"properties", KEYWORD_NAMED, AT(properties)},
    {"propertyNames", KEYWORD_SCHEMA, AT(property_names)},
    {"required", KEYWORD_JSON, AT(required)},
    {"then", KEYWORD_SCHEMA, AT(then)},
    {"title", KEYWORD_IGNORED, 0},
    {"type", KEYWORD_TYPE, AT(types)},
};

const char *const schema_type_names[] = {
    "null", "boolean", "integer", "number", "string", "array", "object", NULL};

static int compile(struct json_schema *schema, const json_t *json,
                   struct schema_node **ret, struct diag *diag);

static void list_push(struct schema_list *list, struct schema_node *node)
{
    list->nodes = reallocarray(list->nodes, list->n + 1, sizeof(*list->nodes));
    must(list->nodes != NULL);
    list->nodes[list->n++] = node;
}

static int type_bit(const json_t *word, unsigned *types)
{
    const char *text = json_string_value(word);
    for (unsigned i = 0; text && schema_type_names[i]; i++) {
        if (strcmp(schema_type_names[i], text) == 0) {
            *types |= 1u << i;
            return 0;
        }
    }
    return -EINVAL;
}

static int compile_types(const json_t *json, unsigned *types)
{
    if (!json_is_array(json)) {
        return type_bit(json, types);
    }
    size_t i;
    const json_t *word;
    int r = 0;
    json_array_foreach((json_t *)json, i, word)
    {
        r = r < 0 ? r : type_bit(word, types);
    }
    return r;
}

static int compile_list(struct json_schema *schema, const json_t *json,
                        struct schema_list *list, struct diag *diag)
{
    size_t i;
    const json_t *item;
    json_array_foreach((json_t *)json, i, item)
    {
        struct schema_node *node = NULL;
        int r = compile(schema, item, &node, diag);
        if (r < 0) {
            return r;
        }
        list_push(list, node);
    }
    return list->n > 0 ? 0
                       : diag_set(diag, -EINVAL, "%s: an empty list of schemas",
                                  schema->name);
}

static int compile_named(struct json_schema *schema, const json_t *json,
                         struct schema_list *list, const char ***names,
                         struct diag *diag)
{
    if (json && !json_is_object(json)) {
        return diag_set(diag, -EINVAL,
                        "%s: definitions and properties are "
                        "objects",
                        schema->name);
    }
    *names = must_calloc(json_object_size(json), sizeof(**names));
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)json, key, item)
    {
        struct schema_node *node = NULL;
        int r = compile(schema, item, &node, diag);
        if (r < 0) {
            return r;
        }
        (*names)[list->n] = key;
        list_push(list, node);
    }
    return 0;
}

static int compile_pattern(struct schema_node *node, const json_t *json)
{
    const char *pattern = json_string_value(json);
    if (!pattern ||
        regcomp(&node->regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return -EINVAL;
    }
    node->pattern = pattern;
    return 0;
}

static int compile_ref(struct schema_node *node, const json_t *json)
{
    static const char prefix[] = "#/$defs/";
    const char *ref = json_string_value(json);
    if (!ref || strncmp(ref, prefix, sizeof(prefix) - 1) != 0) {
        return -EINVAL;
    }
    node->ref = ref + sizeof(prefix) - 1;
    return 0;
}

/* The keywords whose value is not a schema itself. */
static int compile_value(struct schema_node *node, const struct keyword *known,
                         const json_t *json)
{
    char *field = (char *)node + known->offset;
    switch (known->kind) {
    case KEYWORD_TYPE:
        return compile_types(json, (unsigned *)(void *)field);
    case KEYWORD_JSON:
        *(const json_t **)(void *)field = json;
        return 0;
    case KEYWORD_REAL:
        *(double *)(void *)field = json_number_value(json);
        return json_is_number(json) ? 0 : -EINVAL;
    case KEYWORD_SIZE:
        *(size_t *)(void *)field = (size_t)json_integer_value(json);
        return json_is_integer(json) ? 0 : -EINVAL;
    case KEYWORD_PATTERN:
        return compile_pattern(node, json);
    case KEYWORD_REF:
        return compile_ref(node, json);
    default:
        return 0;
    }
}

static int by_name(const void *key, const void *keyword)
{
    return strcmp(key, ((const struct keyword *)keyword)->name);
}

static int compile_keyword(struct json_schema *schema, struct schema_node *node,
                           const char *key, const json_t *json,
                           struct diag *diag)
{
    const struct keyword *known =
        bsearch(key, keywords, ARRAY_LEN(keywords), sizeof(*keywords), by_name);
    if (!known) {
        return diag_set(diag, -EINVAL, "%s: unknown keyword \"%s\"",
                        schema->name, key);
    }
    char *field = (char *)node + known->offset;
    switch (known->kind) {
    case KEYWORD_SCHEMA:
        return compile(schema, json, (struct schema_node **)(void *)field,
                       diag);
    case KEYWORD_SCHEMAS:
        return compile_list(schema, json, (struct schema_list *)(void *)field,
                            diag);
    case KEYWORD_NAMED:
        return compile_named(schema, json, &node->properties, &node->names,
                             diag);
    default:
        break;
    }
    if (compile_value(node, known, json) < 0) {
        return diag_set(diag, -EINVAL, "%s: keyword \"%s\" has a bad value",
                        schema->name, key);
    }
    return 0;
}

static int compile(struct json_schema *schema, const json_t *json,
                   struct schema_node **ret, struct diag *diag)
{
    struct schema_node *node = must_calloc(1, sizeof(*node));
    list_push(&schema->all, node);
    *ret = node;
    node->max_items = SIZE_MAX;
    node->max_length = SIZE_MAX;
    node->minimum = -INFINITY;
    node->maximum = INFINITY;
    node->exclusive_minimum = -INFINITY;
    node->never = json_is_false(json);
    if (json_is_boolean(json)) {
        return 0;
    }
    if (!json_is_object(json)) {
        return diag_set(diag, -EINVAL, "%s: a schema is an object or a boolean",
                        schema->name);
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value)
    {
        int r = compile_keyword(schema, node, key, value, diag);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

struct schema_node *schema_def(const struct json_schema *schema,
                               const char *name)
{
    for (size_t i = 0; i < schema->defs.n; i++) {
        if (strcmp(schema->def_names[i], name) == 0) {
            return schema->defs.nodes[i];
        }
    }
    return NULL;
}

static int resolve_refs(struct json_schema *schema, struct diag *diag)
{
    for (size_t i = 0; i < schema->all.n; i++) {
        struct schema_node *node = schema->all.nodes[i];
        if (!node->ref) {
            continue;
        }
        node->target = schema_def(schema, node->ref);
        if (!node->target) {
            return diag_set(diag, -EINVAL, "%s: no definition \"%s\"",
                            schema->name, node->ref);
        }
    }
    return 0;
}

int json_schema_new(const char *name, const char *text, size_t size,
                    struct json_schema **ret, struct diag *diag)
{
    _cleanup_(json_schema_free_p) struct json_schema *schema =
        must_calloc(1, sizeof(*schema));
    schema->name = name;
    json_error_t error;
    schema->json = json_loadb(text, size,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!schema->json) {
        return diag_set(diag, -EINVAL, "%s: line %d: %s", name, error.line,
                        error.text);
    }
    int r = compile_named(schema, json_object_get(schema->json, "$defs"),
                          &schema->defs, &schema->def_names, diag);
    if (r < 0) {
        return r;
    }
    r = compile(schema, schema->json, &schema->root, diag);
    if (r < 0) {
        return r;
    }
    r = resolve_refs(schema, diag);
    if (r < 0) {
        return r;
    }
    *ret = steal(&schema);
    return 0;
}

static void node_free(struct schema_node *node)
{
    if (node->pattern) {
        regfree(&node->regex);
    }
    free(node->properties.nodes);
    free(node->names);
    free(node->prefix.nodes);
    free(node->any_of.nodes);
    free(node->one_of.nodes);
    free(node->all_of.nodes);
    free(node);
}

void json_schema_free(struct json_schema *schema)
{
    if (!schema) {
        return;
    }
    for (size_t i = 0; i < schema->all.n; i++) {
        node_free(schema->all.nodes[i]);
    }
    free(schema->all.nodes);
    free(schema->defs.nodes);
    free(schema->def_names);
    json_decref(schema->json);
    free(schema);
}
